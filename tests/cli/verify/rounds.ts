import { expect } from "chai";
import type { SshSession } from "../../../cli/ssh/session";
import type { CriClient } from "../../../cli/verify/cri/client";
import { CriRound } from "../../../cli/verify/criRound";
import type { LabPlan } from "../../../components/labPlan";
import type { PlannedHost } from "../../../components/plan/routes";
import type { FakeCri } from "./cri/fakeCri";
import { marked, plan, type Sections } from "./samples";

/** Where host-local keeps the address of the fake CRI's pods. */
export const lease = "/var/lib/cni/networks/bridge/10.200.0.7";

/** What node-0 says of the probe pod's process and address. */
export function saysOfPod(cri: FakeCri, cgroup: string): Sections {
  return { cgroup, seccomp: "0", apparmor: "off", lease: cri.sandboxes.size > 0 ? lease : [1, ""] };
}

/** What a round on node-0 is made of. */
export interface Round {
  readonly cri: FakeCri;
  readonly client: CriClient;
  readonly session: SshSession;
  readonly promised: LabPlan;
}

const open = ({ client, session, promised }: Round) =>
  new CriRound(plan.hosts[1] as PlannedHost, promised, "run1", session, client, undefined);

/** The rows of one pod from its start to its end. */
export async function wholeRound(of: Round): Promise<string[]> {
  const round = open(of);
  await round.start();
  await round.finish();
  return marked(round.rows.rows);
}

/** The rows of a pod for each handler, in which the kernel calls itself `kernel`. */
export async function triedHandlers(of: Round, kernel: string): Promise<string[]> {
  const round = open(of);
  of.cri.truth.exec = () => ({ stdout: Buffer.from(kernel), stderr: Buffer.from(""), exitCode: 0 });
  await round.tryHandlers();
  expect(of.cri.sandboxes.size).to.equal(0);
  return marked(round.rows.rows);
}

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TraceResult } from "../../../cloud/fabric/trace";
import { readEnd } from "../../../cli/follow/ends";
import { resolveReceiver, resolveSender } from "../../../cli/follow/resolve";
import { Follow, type Followed } from "../../../cli/follow/run";
import type { RouterQuestion } from "../../../cli/follow/network";
import { Facts, type Scripts, type Section } from "../../../cli/verify/facts";
import type { LabPlan } from "../../../components/labPlan";

/** What machines answered while a packet was followed, by host, script and section. */
export interface Recorded {
  readonly plan: LabPlan;
  readonly source: string;
  readonly destination: string;
  readonly port?: number;
  readonly run: string;
  readonly length: number;
  readonly answers: Readonly<Record<string, Record<string, Record<string, Section>>>>;
  /** What the VPC's router said; null where it was not asked. */
  readonly routers: readonly TraceResult[] | null;
}

/** What was recorded on machines, in the file `recorded/NAME.json`. */
export function recorded(name: string): Recorded {
  return JSON.parse(readFileSync(join(__dirname, "recorded", `${name}.json`), "utf8")) as Recorded;
}

/** What the hosts and the router were asked. */
export interface Asked {
  readonly scripts: {
    readonly host: string;
    readonly name: string;
    readonly values: Readonly<Record<string, string>>;
  }[];
  readonly router: RouterQuestion[];
}

/** Follows the packet again, with what the machines answered. */
export async function replay(
  { plan, source, destination, port, run, length, answers, routers }: Recorded,
  asked: Asked = { scripts: [], router: [] },
): Promise<Followed> {
  const machines = {
    hold: () => Promise.resolve(),
    ask: (host: string, scripts: Scripts) => {
      for (const [name, values] of Object.entries(scripts)) asked.scripts.push({ host, name, values });
      return Promise.resolve((script: string) => new Facts(new Map(Object.entries(answers[host]?.[script] ?? {}))));
    },
  };
  const api = async (paths: readonly string[]) =>
    (await machines.ask("server", { api: { PATHS: paths.join("\n") } }))("api");
  const [from, to] = [readEnd(source, "SOURCE", plan), readEnd(destination, "DESTINATION", plan)];
  const sender = await resolveSender(from, plan, api);
  const receiver = await resolveReceiver(to, plan, api, port);
  const left = [...(routers ?? [])];
  const router = (question: RouterQuestion) => {
    asked.router.push(question);
    return Promise.resolve(left.shift()!);
  };
  const follow = new Follow({
    plan,
    machines,
    run,
    length,
    progress: () => undefined,
    ...(routers !== null && { router }),
  });
  return follow.follow(sender, receiver);
}

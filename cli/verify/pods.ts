import type { LabPlan, PlannedHost } from "../../components/plan/labPlan";
import type { Facts } from "./facts";
import { pingSummary, Rows } from "./rows";
import type { Check } from "./types";

/** Port in the probe pods, which have nothing else. */
export const probePort = 8080;

/** A worker whose pod is to be reached; without an address when it has none. */
export interface Target {
  readonly host: PlannedHost;
  readonly address?: string | undefined;
}

/** Seconds for scripts/reach.sh: three attempts, each bounded, at all targets at once. */
export const reachSeconds = 60;

export type ReachValues = Readonly<Record<"TARGETS" | "PORT" | "QUESTION" | "BUSYBOX", string>>;

/** The values that scripts/reach.sh gets. @param busybox empty on a host, which has programs of its own */
export function reachValues(targets: readonly Target[], run: string, busybox: "" | "/bin/busybox"): ReachValues {
  const lines = targets.flatMap(({ host, address }) => (address === undefined ? [] : [`${host.name} ${address}`]));
  return { TARGETS: lines.join("\n"), PORT: String(probePort), QUESTION: run, BUSYBOX: busybox };
}

/** Which sender a far pod is to see for a connection from a pod of `host`. */
export function expectedSource(host: PlannedHost, podAddress: string, plan: LabPlan): string {
  return plan.cni.masquerade === "bridge" ? host.address : podAddress;
}

/** Who reaches the pods: a pod of a worker, or a controller itself. */
export interface Source {
  readonly host: PlannedHost;
  /** How a row names it: `pod on node-0`, `server`. */
  readonly label: string;
  /** The address that the far pods are to see. */
  readonly expected: string;
}

/** @param facts what scripts/reach.sh reported, or why it could not run */
export function judgeReach(source: Source, targets: readonly Target[], run: string, facts: Facts | Error): Check[] {
  const rows = new Rows(source.host.name, "pods");
  for (const { host, address } of targets) {
    const check = `${source.label} to pod on ${host.name}`;
    const expected = `${host.name} answers, sees ${source.expected}`;
    const problem =
      address === undefined ? `not tried: ${host.name} has no pod` : facts instanceof Error ? facts.message : undefined;
    if (problem !== undefined || facts instanceof Error) {
      rows.add(`${check}, HTTP`, expected, String(problem), false);
      rows.add(`${check}, ping`, "answers", String(problem), false);
      continue;
    }
    const answer = parseAnswer(facts.text(`http ${host.name}`));
    const seen =
      answer === undefined ? facts.text(`http ${host.name}`) : `${answer.pod} answers, sees ${answer.source}`;
    rows.add(`${check}, HTTP`, expected, seen, seen === expected && answer?.question === run);
    const ping = facts.get(`ping ${host.name}`);
    rows.add(`${check}, ping`, "answers", pingSummary(ping.text), ping.code === 0);
  }
  return rows.rows;
}

/** The line that scripts/serve.sh prints; busybox shows IPv4 senders on an IPv6 socket as `[::ffff:10.0.0.1]`. */
export function parseAnswer(text: string): { pod: string; question: string; source: string } | undefined {
  const [, pod, question, source] = /^(\S+) answers (\S+) to (\S+)$/m.exec(text) ?? [];
  if (pod === undefined || question === undefined || source === undefined) return undefined;
  return { pod, question, source: source.replace(/^\[(::ffff:)?(.*)\]$/, "$2") };
}

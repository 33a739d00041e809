import type { LabPlan } from "../../components/labPlan";
import type { PlannedHost } from "../../components/plan/routes";
import type { Facts } from "./facts";
import { hostPort, probePort } from "./probePod";
import { Rows } from "./rows";
import type { Check } from "./types";

/** A worker whose pod is to be reached; without an address when it has none. */
export interface Target {
  readonly host: PlannedHost;
  readonly address?: string | undefined;
}

/** Seconds for scripts/reach.sh: three attempts, each bounded, at all targets at once. */
export const reachSeconds = 60;

export type ReachValues = Readonly<Record<"TARGETS" | "QUESTION" | "BUSYBOX", string>>;

/**
 * The values that scripts/reach.sh gets.
 *
 * @param inPod further targets of a pod: itself over `lo`, and a host; undefined on a host, which uses its own programs
 */
export function reachValues(
  targets: readonly Target[],
  run: string,
  inPod?: { readonly pings: PlannedHost | undefined },
): ReachValues {
  const lines = targets.flatMap(({ host, address }) =>
    address === undefined
      ? []
      : [`${host.name} ${address} ${probePort} ping`, `host-port-of-${host.name} ${host.address} ${hostPort(run)} -`],
  );
  if (inPod !== undefined) lines.push(`lo 127.0.0.1 ${probePort} -`);
  if (inPod?.pings !== undefined) lines.push(`outside ${inPod.pings.address} - ping`);
  return { TARGETS: lines.join("\n"), QUESTION: run, BUSYBOX: inPod === undefined ? "" : "/bin/busybox" };
}

/** The sender that a pod on another node should see for a connection from a pod of `host`. */
export function expectedSource(host: PlannedHost, podAddress: string, plan: LabPlan): string {
  return plan.cni.masquerade === "bridge" ? host.address : podAddress;
}

/** Where connections to the pods come from: a pod of a worker, or a controller itself. */
export interface Source {
  readonly host: PlannedHost;
  /** How a row names it: `pod on node-0`, `server`. */
  readonly label: string;
  /** The address that pods on other nodes should see. */
  readonly expected: string;
  /** The address that they should see for connections to their host's port, which is outside the cluster's pod network. */
  readonly expectedOutside: string;
}

/** The host that represents the outside for pods of `host`: the first other one. */
export function outsideOf(host: PlannedHost, plan: LabPlan): PlannedHost | undefined {
  return plan.hosts.find(({ name }) => name !== host.name);
}

/** @param facts what scripts/reach.sh reported, or why it could not run */
export function judgeReach(source: Source, targets: readonly Target[], run: string, facts: Facts | Error): Check[] {
  const rows = new Rows(source.host.name, "pods");
  for (const { host, address } of targets) {
    const check = `${source.label} to pod on ${host.name}`;
    const byHostPort = `${source.label} to host port of ${host.name}, HTTP`;
    const expected = `${host.name} answers, sees ${source.expected}`;
    const expectedOutside = `${host.name} answers, sees ${source.expectedOutside}`;
    const problem =
      address === undefined ? `not tried: ${host.name} has no pod` : facts instanceof Error ? facts.message : undefined;
    if (problem !== undefined || facts instanceof Error) {
      rows.add(`${check}, HTTP`, expected, String(problem), false);
      rows.add(`${check}, ping`, "answers", String(problem), false);
      rows.add(byHostPort, expectedOutside, String(problem), false);
      continue;
    }
    judgeAnswer(rows, `${check}, HTTP`, expected, facts.text(`http ${host.name}`), run);
    rows.answers(`${check}, ping`, facts.get(`ping ${host.name}`));
    judgeAnswer(rows, byHostPort, expectedOutside, facts.text(`http host-port-of-${host.name}`), run);
  }
  return rows.rows;
}

/**
 * Checks what a pod reaches besides other pods: itself over `lo`, which the runtime brings up, and a host.
 *
 * @param facts what scripts/reach.sh reported from the pod
 */
export function judgePodItself(
  host: PlannedHost,
  outside: PlannedHost | undefined,
  run: string,
  facts: Facts,
): Check[] {
  const rows = new Rows(host.name, "pods");
  const expected = `${host.name} answers, sees 127.0.0.1`;
  judgeAnswer(rows, `pod on ${host.name} to itself over lo, HTTP`, expected, facts.text("http lo"), run);
  if (outside !== undefined) {
    const check = `pod on ${host.name} to the outside (${outside.name}, ${outside.address}), ping`;
    rows.answers(check, facts.get("ping outside"));
  }
  return rows.rows;
}

/** A row for what a probe pod answered, as scripts/ask.sh reports it. @param expected `NAME answers[, sees ADDRESS]` */
export function judgeAnswer(rows: Rows, check: string, expected: string, text: string, run: string): void {
  const answer = parseAnswer(text);
  const short = answer === undefined ? text : `${answer.pod} answers`;
  const seen = answer === undefined || !expected.includes(", sees ") ? short : `${short}, sees ${answer.source}`;
  rows.add(check, expected, seen, seen === expected && answer?.question === run);
}

/** The line that scripts/serve.sh prints; busybox shows IPv4 senders on an IPv6 socket as `[::ffff:10.0.0.1]`. */
export function parseAnswer(text: string): { pod: string; question: string; source: string } | undefined {
  const [, pod, question, source] = /^(\S+) answers (\S+) to (\S+)$/m.exec(text) ?? [];
  if (pod === undefined || question === undefined || source === undefined) return undefined;
  return { pod, question, source: source.replace(/^\[(::ffff:)?(.*)\]$/, "$2") };
}

import type { LabPlan } from "../../components/labPlan";
import type { PlannedHost } from "../../components/plan/routes";
import type { SshSession } from "../ssh/session";
import type { Facts } from "./facts";
import { Rows } from "./rows";
import type { Check } from "./types";

/** How far apart the clocks of two hosts may be, in seconds. Tokens and leader elections tolerate little more. */
const maxClockDifference = 2;

/** A host's clock when this computer's was between `asked` and `answered`, in seconds since 1970. */
export interface ClockReading {
  readonly asked: number;
  readonly answered: number;
  /** NaN when the host's answer is not a time. */
  readonly said: number;
}

/** What a host reports about itself that is compared with the other hosts. */
export interface AboutHost {
  readonly host: string;
  readonly hostname: string;
  readonly machineId: string;
  /** Of the card with the host's address. */
  readonly mtu: string;
  readonly clock: ClockReading;
}

/** The values that scripts/host.sh gets. */
export function hostValues(host: string, plan: Pick<LabPlan, "hosts">): Record<string, string> {
  return {
    ADDRESS: plan.hosts.find(({ name }) => name === host)?.address ?? "",
    PEER: nextHost(host, plan)?.address ?? "",
  };
}

/** The one that a host pings: the next, so that every card both sends and answers; undefined where it is alone. */
export function nextHost(host: string, { hosts }: Pick<LabPlan, "hosts">): PlannedHost | undefined {
  const next = hosts[(hosts.findIndex(({ name }) => name === host) + 1) % hosts.length];
  return next?.name === host ? undefined : next;
}

export async function readClock(session: SshSession, signal: AbortSignal | undefined): Promise<ClockReading> {
  const asked = Date.now() / 1000;
  const { stdout } = await session.exec("date +%s.%N", { signal });
  return { asked, answered: Date.now() / 1000, said: Number.parseFloat(stdout) };
}

export function aboutHost(host: string, facts: Facts, clock: ClockReading): AboutHost {
  const [hostname, machineId] = [facts.text("hostname"), facts.text("machine-id")];
  return { host, hostname, machineId, mtu: facts.text("mtu"), clock };
}

/** Checks that packets of the card's MTU reach the next host unfragmented: nobody reports those that are lost on the way. */
export function judgeWay(host: string, plan: Pick<LabPlan, "hosts">, facts: Facts): Check[] {
  const rows = new Rows(host, "host");
  const peer = nextHost(host, plan);
  if (peer === undefined) return [];
  rows.answers(`undivided packet of ${facts.text("mtu")} bytes to ${peer.name}`, facts.get("ping"));
  return rows.rows;
}

/** Compares all hosts with each other; hosts that could not be inspected are left out. */
export function compareHosts(hosts: readonly AboutHost[]): Check[] {
  const largest = Math.max(...hosts.map(({ mtu }) => Number(mtu)));
  return hosts.flatMap((about) => {
    const rows = new Rows(about.host, "host");
    const others = hosts.filter(({ host }) => host !== about.host);
    for (const [what, of] of [
      ["hostname", (host: AboutHost) => host.hostname],
      ["machine-id", (host: AboutHost) => host.machineId],
    ] as const) {
      const own = of(about);
      const same = others.filter((other) => of(other) === own).map(({ host }) => host);
      const seen = same.length === 0 ? own : `${own}, as ${same.join(", ")}`;
      rows.add(what, "a different one on each host", seen, own !== "" && same.length === 0);
    }
    rows.equal(
      "MTU of the hosts' network",
      `${largest}, as on the others`,
      `${about.mtu}${about.mtu === String(largest) ? ", as on the others" : ""}`,
    );
    const far = others.flatMap((other) => {
      const difference = clockDifference(about.clock, other.clock);
      return difference > maxClockDifference ? [`${difference.toFixed(1)} s from ${other.host}`] : [];
    });
    // A wrong clock differs from all others; a right one only from the wrong one.
    const wrong = far.length > others.length / 2 || Number.isNaN(about.clock.said);
    rows.add(
      "clock",
      `within ${maxClockDifference} s of the others`,
      wrong ? far.join(", ") || "no answer" : "fits the others",
      !wrong,
    );
    return rows.rows;
  });
}

/** How many seconds they differ at least, whenever they were read between question and answer. */
function clockDifference(a: ClockReading, b: ClockReading): number {
  const ahead = (first: ClockReading, second: ClockReading) =>
    first.said - first.answered - (second.said - second.asked);
  return Math.max(0, ahead(a, b), ahead(b, a));
}

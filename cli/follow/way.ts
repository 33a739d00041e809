import { hopsOf, type Hop, type Leg } from "./hops";
import { answerFlowOf, flowOf, icmpMessages, tcpFlags, type Packet } from "./packet";
import type { Flow } from "./ruleset";
import type { Visit } from "./trace";

/** A network that was watched, with what passed through its chains. */
export interface Watched {
  readonly host: string;
  /** The address of the pod whose network it is; a host's own where undefined. */
  readonly pod?: string;
  readonly visits: readonly Visit[];
}

/** A packet's way, and its answer's. */
export interface Way {
  readonly there: readonly Leg[];
  readonly back: readonly Leg[];
}

export interface WayOptions {
  /** Index of the network that sends. */
  readonly source: number;
  readonly flow: Flow;
  /** Name of the run's tables. */
  readonly table: string;
}

/**
 * Finds one packet and its answer in what was traced, and puts the networks in the order in which it passed through them. Clocks of
 * hosts differ, so this goes by where a packet comes from.
 *
 * @returns undefined where the network that sends has sent nothing
 */
export function wayOf(watched: readonly Watched[], { source, flow, table }: WayOptions): Way | undefined {
  const sender = watched[source];
  const probe = sender?.visits.find(({ packet }) => isRequest(packet, flow))?.packet;
  if (sender === undefined || probe === undefined) return undefined;
  const isProbe = (packet: Packet) => isRequest(packet, flow) && (flow.protocol === "icmp" || packet.id === probe.id);
  const requests = watched.map(({ visits }) => once(visits.filter(({ packet }) => isProbe(packet))));
  const answers = new Set(requests.flatMap((visits) => visits.map(({ packet }) => answerFlowOf(packet))));
  const isOurAnswer = (packet: Packet) =>
    isAnswer(packet, flow) && (flow.protocol === "icmp" || answers.has(flowOf(packet)));
  const legs = (index: number, visits: readonly Visit[], answer: boolean): Leg[] => {
    const { host, pod } = watched[index] ?? { host: "" };
    const leg = { host, ...(pod !== undefined && { pod }), ...hopsOf(visits, table, answer) };
    return leg.hops.length === 0 ? [] : [leg];
  };
  const order = inOrder(watched, source);
  const backs = watched.map(({ visits }) => once(visits.filter(({ packet }) => isOurAnswer(packet))));
  const [asked, answered] = [requests[source] ?? [], backs[source] ?? []];
  // A pod that reaches itself by a Service sends and gets the same packet. A host has sent it alone, and got its answer alone.
  const isPod = sender.pod !== undefined;
  const part = (visits: readonly Visit[], isIn: boolean) => visits.filter((visit) => isOnTheWayIn(visit) === isIn);
  return {
    there: [
      ...legs(source, isPod ? part(asked, false) : asked, false),
      ...order.flatMap((index) => legs(index, requests[index] ?? [], false)),
      ...legs(source, isPod ? part(asked, true) : [], false),
    ],
    back: [
      ...legs(source, isPod ? part(answered, false) : [], true),
      ...order.toReversed().flatMap((index) => legs(index, backs[index] ?? [], true)),
      ...legs(source, isPod ? part(answered, true) : answered, true),
    ],
  };
}

/** The networks besides the one that sends: its host, other hosts, and their pods. */
function inOrder(watched: readonly Watched[], source: number): number[] {
  const home = watched[source]?.host;
  const rank = ({ host, pod }: Watched) => (pod !== undefined ? 2 : host === home ? 0 : 1);
  const others = watched.map((_, index) => index).filter((index) => index !== source);
  return others.sort((one, other) => rank(watched[one]!) - rank(watched[other]!));
}

function isOnTheWayIn({ iif, oif }: Visit): boolean {
  return iif !== undefined && oif === undefined;
}

/** The first pass through each chain and card: what is sent again later is another packet. */
function once(visits: readonly Visit[]): Visit[] {
  const seen = new Set<string>();
  return visits.filter(({ family, table, chain, iif = "", oif = "" }) => {
    const place = [family, table, chain, iif, oif].join(" ");
    return !seen.has(place) && seen.add(place);
  });
}

function isRequest({ icmp, flags = 0, ports, length }: Packet, flow: Flow): boolean {
  if (flow.protocol === "icmp") return icmp?.type === icmpMessages.echoRequest && length === flow.length;
  return (flags & (tcpFlags.syn | tcpFlags.ack)) === tcpFlags.syn && flow.ports.includes(ports?.to ?? 0);
}

function isAnswer({ icmp, flags = 0, length }: Packet, flow: Flow): boolean {
  if (flow.protocol === "icmp") return icmp?.type === icmpMessages.echoReply && length === flow.length;
  return (flags & tcpFlags.rst) !== 0 || (flags & (tcpFlags.syn | tcpFlags.ack)) === (tcpFlags.syn | tcpFlags.ack);
}

/** The place at which a rule has ended it. */
export function dropOf(legs: readonly Leg[]): { readonly leg: Leg; readonly hop: Hop } | undefined {
  for (const leg of legs) for (const hop of leg.hops) if (hop.droppedBy !== undefined) return { leg, hop };
  return undefined;
}

import { flowOf, icmpMessages, tcpFlags, withPort, type Packet } from "./packet";
import { endOfHook } from "./ruleset";
import type { TracedRule, Visit } from "./trace";

/** One place on a packet's way, with what happened there. */
export interface Hop {
  readonly kind: "device" | "bridge hook" | "ip hook" | "routing" | "router";
  /** E.g. `into eth1`, `ip prerouting`. */
  readonly place: string;
  /** As it comes there. */
  readonly packet: HopPacket;
  /** Rules that it has matched, but for those that follow it. */
  readonly rules: readonly TracedRule[];
  readonly rewritten?: Rewriting;
  /** Set where it ends here. */
  readonly droppedBy?: string;
  /** What is to be seen here besides. */
  readonly note?: string;
  /** Where it came in, for what happens in the IP layer. */
  readonly iif?: string;
}

export interface HopPacket {
  readonly from: string;
  readonly to: string;
  readonly ttl: number;
  /** E.g. `tcp SYN`. */
  readonly what: string;
}

/** An address that another one has taken the place of. */
export interface Rewriting {
  readonly from: { readonly before: string; readonly after: string } | undefined;
  readonly to: { readonly before: string; readonly after: string } | undefined;
  /** A rule, or what else translates addresses. */
  readonly by: string;
}

/** What happened in one network: that of a host, or of a pod. */
export interface Leg {
  readonly host: string;
  /** The address of the pod. */
  readonly pod?: string;
  readonly hops: readonly Hop[];
  /** Whether a program of this network got it. */
  readonly received: boolean;
}

/** The headers with which it goes on from a hop. */
export function after({ packet, rewritten }: Hop): HopPacket {
  return { ...packet, from: rewritten?.from?.after ?? packet.from, to: rewritten?.to?.after ?? packet.to };
}

interface OpenHop {
  kind: Hop["kind"];
  place: string;
  packet: Packet;
  rules: TracedRule[];
  rewritten?: Rewriting;
  droppedBy?: string;
  note?: string;
  iif?: string;
  readonly family: "netdev" | "bridge" | "ip";
  readonly hook: string;
}

/** Who changes addresses without a rule. */
export const byConntrack = "conntrack, which does for an answer the opposite of what it did on the way there";

/**
 * Makes places of the passes through chains in one network. Passes of other programs' chains belong to the hook that a chain of ours
 * has begun.
 *
 * @param table that of the run
 */
export function hopsOf(visits: readonly Visit[], table: string, isAnswer: boolean): Pick<Leg, "hops" | "received"> {
  const hops: OpenHop[] = [];
  /** The last hop of each family. */
  const latest = new Map<OpenHop["family"], OpenHop>();
  let before: { hop: OpenHop; packet: Packet } | undefined;
  let received = false;
  for (const visit of visits) {
    const family = visit.family === "inet" ? "ip" : (visit.family as OpenHop["family"]);
    const isOurs = visit.table === table;
    let hop = latest.get(family);
    const isNew =
      family === "netdev"
        ? hop === undefined || hop !== hops.at(-1) || hop.place !== devicePlace(visit)
        : hop === undefined || (isOurs && !visit.chain.endsWith(endOfHook("")));
    if (before !== undefined && flowOf(before.packet) !== flowOf(visit.packet))
      before.hop.rewritten = rewriting(before, visit, isAnswer);
    if (isNew) {
      hop = begin(visit, family, hops);
      hops.push(hop);
    }
    if (hop === undefined) continue;
    latest.set(family, hop);
    if (isOurs) received = visit.chain === endOfHook("input");
    else hop.rules.push(...visit.rules);
    const dropped = isOurs ? undefined : dropIn(visit);
    if (dropped !== undefined) hop.droppedBy = dropped;
    before = { hop, packet: visit.packet };
  }
  return { hops: hops.map(close), received };
}

function begin(visit: Visit, family: OpenHop["family"], before: readonly OpenHop[]): OpenHop {
  const base = { packet: visit.packet, rules: [], family, hook: visit.chain };
  if (family === "netdev") return { ...base, kind: "device", place: devicePlace(visit) };
  if (family === "bridge") return { ...base, kind: "bridge hook", place: `bridge ${visit.chain}` };
  // The bridge has it still, and has not passed it to the IP layer yet.
  const below = before.findLast((hop) => hop.family !== "ip");
  const isCalled = below?.family === "bridge" && below.hook !== "input";
  return {
    ...{ ...base, kind: "ip hook", place: `ip ${visit.chain}` },
    ...(visit.iif !== undefined && { iif: visit.iif }),
    ...(isCalled && { note: `called by br_netfilter, from bridge ${below.hook}` }),
  };
}

function devicePlace({ iif = "", oif }: Visit): string {
  return oif === undefined ? `into ${iif}` : `out of ${oif}`;
}

function close({ packet, family: _family, hook: _hook, ...hop }: OpenHop): Hop {
  return { ...hop, packet: hopPacket(packet) };
}

function hopPacket({ from, to, ports, ttl, protocol, flags = 0, icmp }: Packet): HopPacket {
  const what =
    icmp === undefined
      ? [protocol, ...(["syn", "ack", "rst"] as const).filter((flag) => (flags & tcpFlags[flag]) !== 0)].join(" ")
      : ({ [icmpMessages.echoReply]: "ping's answer", [icmpMessages.echoRequest]: "ping" }[icmp.type] ??
        `ICMP type ${icmp.type}`);
  return { from: withPort(from, ports?.from), to: withPort(to, ports?.to), ttl, what };
}

const translates = /\b(?:dnat|snat|masquerade|redirect)\b|"?(?:DNAT|SNAT|MASQUERADE|REDIRECT)"?/;

function rewriting(before: { hop: OpenHop; packet: Packet }, visit: Visit, isAnswer: boolean): Rewriting {
  const [old, now] = [hopPacket(before.packet), hopPacket(visit.packet)];
  const change = (side: "from" | "to") =>
    old[side] === now[side] ? undefined : { before: old[side], after: now[side] };
  const rule = before.hop.rules.findLast(({ text }) => translates.test(text));
  const by =
    rule !== undefined
      ? `${rule.chain}: ${rule.text}`
      : isAnswer
        ? byConntrack
        : before.hop.hook === "input"
          ? "IPVS, which has no rules in nftables"
          : "no rule that nftables shows";
  return { from: change("from"), to: change("to"), by };
}

/** What has dropped it in this chain. */
function dropIn({ family, table, chain, rules, policy }: Visit): string | undefined {
  const rule = rules.find(({ verdict }) => verdict === "drop");
  if (rule !== undefined) return `${rule.chain}: ${rule.text}`;
  return policy === "drop" ? `${family} ${table} ${chain}: its policy is drop` : undefined;
}

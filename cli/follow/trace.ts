import { readPacket, type Packet } from "./packet";

/** A rule that a packet has matched. */
export interface TracedRule {
  /** As nft names it: family, table and chain. */
  readonly chain: string;
  /** Without counters. */
  readonly text: string;
  /** E.g. `accept`, `drop`, `jump KUBE-SERVICES`. */
  readonly verdict: string;
}

/** A packet's pass through one base chain, with the headers that it came with. */
export interface Visit {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly iif?: string;
  readonly oif?: string;
  readonly packet: Packet;
  /** Also those of the chains that are called from it. */
  readonly rules: readonly TracedRule[];
  /** What became of a packet that no rule has decided on. */
  readonly policy?: string;
}

interface OpenVisit extends Omit<Visit, "rules" | "policy"> {
  readonly rules: TracedRule[];
  policy?: string;
}

/**
 * Reads what `nft -n monitor trace` prints: for each base chain the packet, then the rules that it has matched, there and in the
 * chains that they call, and the chain's policy where it comes to that.
 */
export function readTrace(text: string): Visit[] {
  const visits: OpenVisit[] = [];
  /** The last pass of each packet in each table: rules of other chains of the table belong to it. */
  const open = new Map<string, OpenVisit>();
  const known = new Map<string, Packet>();
  for (const line of text.split("\n")) {
    const [, id, family = "", table = "", chain = "", what, rest = ""] =
      /^trace id (\S+) (\S+) (\S+) (\S+) (packet:|rule|policy) ?(.*)$/.exec(line) ?? [];
    if (id === undefined) continue;
    const key = `${id} ${family} ${table}`;
    if (what === "packet:") {
      // On a card's way out, some versions of nft show no headers; they are those that the packet came there with.
      const packet = readPacket(rest) ?? (family === "netdev" ? known.get(id) : undefined);
      if (packet !== undefined) known.set(id, packet);
      const visit = packet && { family, table, chain, ...devices(rest), packet, rules: [] };
      open.delete(key);
      if (visit === undefined) continue;
      open.set(key, visit);
      visits.push(visit);
      continue;
    }
    const visit = open.get(key);
    if (visit === undefined) continue;
    if (what === "policy") visit.policy = rest.trim();
    else visit.rules.push({ chain: `${family} ${table} ${chain}`, ...ruleIn(rest) });
  }
  return visits;
}

function devices(text: string): Pick<Visit, "iif" | "oif"> {
  const [iif, oif] = ["iif", "oif"].map((name) => new RegExp(`(?:^| )${name} "([^"]+)"`).exec(text)?.[1]);
  return { ...(iif !== undefined && { iif }), ...(oif !== undefined && { oif }) };
}

function ruleIn(text: string): Pick<TracedRule, "text" | "verdict"> {
  const [, rule = text, verdict = ""] = /^(.*) \(verdict ([^()]*)\)\s*$/.exec(text) ?? [];
  const words = rule.replace(/\bcounter packets \d+ bytes \d+\b/g, "").replaceAll(/\s+/g, " ");
  return { text: words.trim(), verdict };
}

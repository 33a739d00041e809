import { after, type Hop, type Leg } from "./hops";

/** A decision of the kernel's that no trace shows: what `ip route get` is asked for it, and its place among the hops. */
export interface RouteQuestion {
  readonly words: string;
  readonly before: number;
}

/** What a network has decided about the packet that came through these hops; undefined where it decided nothing. */
export function routeQuestion({ hops }: Pick<Leg, "hops">): RouteQuestion | undefined {
  const sent = hops.findIndex(({ place }) => place === "ip output");
  if (sent === 0) return ask(hops[0]!, 0, false);
  const came = hops.findLastIndex(({ place }) => place === "ip prerouting");
  const hop = hops[came];
  if (hop === undefined || hop.droppedBy !== undefined) return undefined;
  const rest = hops.slice(came + 1);
  const next = rest.findIndex(({ place, note }) => note === undefined && /^ip (forward|input)$/.test(place));
  if (next >= 0) return ask(hop, came + 1 + next, true);
  // A bridge passes on by MAC address, and what was dropped did not come to this.
  const isOver = rest.every(({ place, droppedBy }) => place !== "bridge forward" && droppedBy === undefined);
  return isOver ? ask(hop, hops.length, true) : undefined;
}

function ask(hop: Hop, before: number, isForwarded: boolean): RouteQuestion {
  const { from, to } = isForwarded ? after(hop) : hop.packet;
  const way = isForwarded && hop.iif !== undefined ? ` iif ${hop.iif}` : "";
  return { words: `${addressIn(to)} from ${addressIn(from)}${way}`, before };
}

/** Without the port. */
export function addressIn(end: string): string {
  return end.replace(/:\d+$/, "");
}

/** Puts the decision at its place. @param said what `ip route get` has printed */
export function withRoute(leg: Leg, { words, before }: RouteQuestion, said: string): Leg {
  const packet = leg.hops[before]?.packet ?? after(leg.hops.at(-1)!);
  const hop: Hop = { kind: "routing", place: "routing", packet, rules: [], note: routeIn(said, words) };
  return { ...leg, hops: leg.hops.toSpliced(before, 0, hop) };
}

/** The decision alone: `via 10.240.0.81 dev eth1`, `dev cni0, on that link`, or the kernel's refusal. */
export function routeIn(said: string, words: string): string {
  const line = said.split("\n")[0]?.trim() ?? "";
  const [to = "", , from = ""] = words.split(" ");
  const short = line.replace(`${to} from ${from} `, "").replace(`${to} `, "");
  const kept = short.replaceAll(/ (?:uid|table|mark) \S+| src \S+/g, "").replace(/ cache.*/, "");
  const route = kept.trim();
  if (/^local\b/.test(route)) return "local: it is for an address of its own";
  return /^dev \S+$/.test(route) ? `${route}, on that link` : route || "no answer";
}

/** The next hop and the card in such a decision. */
export function nextHopIn(route: string): { readonly via?: string; readonly dev?: string } {
  const [via, dev] = ["via", "dev"].map((word) => new RegExp(`\\b${word} ([^\\s,]+)`).exec(route)?.[1]);
  return { ...(via !== undefined && { via }), ...(dev !== undefined && { dev }) };
}

import { after, type Hop, type Leg } from "./hops";
import { dropOf, type Way } from "./way";

/** How it ended. */
export interface Ending {
  readonly arrived: boolean;
  readonly answered: boolean;
  /** In one sentence or two. */
  readonly text: string;
}

/** What is known of a host besides, to say why a packet was not seen any further. */
export interface HostSettings {
  readonly forwards: boolean;
}

interface EndingOptions {
  /** Whether anything of the lab was to get it; else it goes to somebody who cannot be watched. */
  readonly isWatched: boolean;
  readonly settings: ReadonlyMap<string, HostSettings>;
}

/** Says how a packet ended, and where. */
export function endingOf({ there, back }: Way, { isWatched, settings }: EndingOptions): Ending {
  const drop = dropOf(there);
  if (drop !== undefined)
    return {
      ...{ arrived: false, answered: false },
      text: `It is dropped ${dropPlace(drop.leg, drop.hop)}, by ${drop.hop.droppedBy}.`,
    };
  const last = there.at(-1);
  const arrived = last?.received === true;
  if (!arrived && isWatched)
    return { arrived: false, answered: false, text: [lastSeen(last), hint(last, settings)].filter(Boolean).join(" ") };
  const where = arrived ? `It arrives in ${networkName(last)}` : leaving(last);
  const backDrop = dropOf(back);
  const lastBack = back.at(-1);
  if (backDrop !== undefined)
    return {
      ...{ arrived, answered: false },
      text: `${where}; the answer is dropped ${dropPlace(backDrop.leg, backDrop.hop)}, by ${backDrop.hop.droppedBy}.`,
    };
  const isHome = lastBack?.received === true && networkName(lastBack) === networkName(there[0]);
  if (isHome) return { arrived: true, answered: true, text: `${where}, and the answer comes back.` };
  const answer = back.length === 0 ? "no answer is seen" : `the answer does not come back. ${lastSeen(lastBack)}`;
  return { arrived, answered: false, text: `${where}; ${answer.replace(/\.$/, "")}.` };
}

function dropPlace(leg: Leg, { kind, place }: Hop): string {
  return kind === "router" ? `by the ${leg.host}` : `on ${networkName(leg)}, at ${place}`;
}

/** A host, or a pod with its host. */
export function networkName(leg: Pick<Leg, "host" | "pod"> | undefined): string {
  if (leg === undefined) return "nowhere";
  return leg.pod === undefined ? leg.host : `the pod ${leg.pod} on ${leg.host}`;
}

/** Of a packet to somebody who is not watched. */
function leaving(leg: Leg | undefined): string {
  const hop = leg?.hops.at(-1);
  if (leg === undefined || hop?.kind !== "device") return lastSeen(leg).replace(/\.$/, "");
  return `It leaves ${networkName(leg)} ${hop.place.replace("out of", "by")} as ${after(hop).from} > ${after(hop).to}`;
}

function lastSeen(leg: Leg | undefined): string {
  const hop = leg?.hops.at(-1);
  if (leg === undefined || hop === undefined) return "It is seen nowhere.";
  const { from, to } = after(hop);
  const last = hop.kind === "routing" ? (leg.hops.at(-2) ?? hop) : hop;
  return `It was last seen on ${networkName(leg)}, ${last.place}, as ${from} > ${to}.`;
}

/** Why it may not have gone on, where that is to be seen on the host. */
function hint(leg: Leg | undefined, settings: ReadonlyMap<string, HostSettings>): string {
  const hop = leg?.hops.at(-1);
  if (leg === undefined || hop?.kind !== "routing") return "";
  const { note = "" } = hop;
  // The kernel's own answer would be that there is no route.
  if (settings.get(leg.host)?.forwards === false) return "Forwarding is off there (net.ipv4.ip_forward = 0).";
  if (/cross-device/i.test(note))
    return "The kernel refuses its sender on this card: reverse path filtering (rp_filter).";
  if (/unreachable|no route|error/i.test(note)) return `The host has no route for it: ${note}.`;
  return "The kernel dropped it without a rule.";
}

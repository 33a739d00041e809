import type { Colors } from "picocolors/types";
import { networkName } from "./ending";
import { after, type Hop, type HopPacket, type Leg, type Rewriting } from "./hops";
import type { Followed } from "./run";

/** Columns of the places. */
const placeWidth = 20;

/** The way of a packet, place by place, and its answer's in short. */
export function renderFollowed(followed: Followed, colors: Colors): string {
  const { from, to, way, said, notes } = followed;
  const first = way.there[0]?.hops.find(({ kind }) => kind !== "routing");
  const what = first === undefined ? "" : `: ${first.packet.what}, ${ends(first.packet)}`;
  return [
    colors.bold(`One packet from ${from} to ${to}${what}`),
    ...way.there.flatMap((leg) => renderLeg(leg, colors)),
    ...(way.back.length > 0 ? ["", colors.bold("Its answer, in short"), ...way.back.flatMap(renderBack(colors))] : []),
    "",
    ...notes,
    followed.answered ? colors.green(followed.text) : colors.red(followed.text),
    ...(followed.answered ? [] : [`The program that sent it says: ${said}`]),
  ].join("\n");
}

function renderLeg(leg: Leg, colors: Colors): string[] {
  return ["", colors.bold(networkName(leg)), ...leg.hops.flatMap((hop) => renderHop(hop, colors))];
}

function renderHop(hop: Hop, colors: Colors): string[] {
  const { place, note, rules, rewritten, droppedBy } = hop;
  if (hop.kind === "router") return [`  ${mark(droppedBy, colors)} ${note ?? ""}`];
  const rows = [
    ...(hop.kind === "device" ? [`${ends(hop.packet)}, ttl ${hop.packet.ttl}`] : []),
    ...(note === undefined ? [] : [note]),
    ...rules.map(
      ({ chain, text, verdict }) =>
        `${chain}: ${[text, isSaid(text, verdict) ? "" : `(${verdict})`].filter(Boolean).join(" ")}`,
    ),
    ...(rewritten === undefined ? [] : renderRewriting(rewritten, rules.length > 0, colors)),
    ...(droppedBy === undefined ? [] : [colors.red(`dropped by ${droppedBy}`)]),
  ];
  if (rows.length === 0) rows.push(colors.dim(hop.kind === "ip hook" ? "no rule matches" : "passes"));
  return rows.map((row, index) => `  ${(index === 0 ? place : "").padEnd(placeWidth)} ${row}`);
}

/** Whether a rule's text has its verdict in it, and for rules that go on. */
function isSaid(text: string, verdict: string): boolean {
  return verdict === "continue" || text.includes(verdict) || /\b(?:[ds]nat|masquerade|redirect)\b/.test(text);
}

function mark(droppedBy: string | undefined, colors: Colors): string {
  return droppedBy === undefined ? colors.green("ok  ") : colors.red("DROP");
}

function renderRewriting({ from, to, by }: Rewriting, isRuleShown: boolean, colors: Colors): string[] {
  const changes = [
    ...(from === undefined ? [] : [`the sender ${from.before} becomes ${from.after}`]),
    ...(to === undefined ? [] : [`the receiver ${to.before} becomes ${to.after}`]),
  ];
  return [`${colors.yellow(changes.join(", "))}${isRuleShown ? "" : `, by ${by}`}`];
}

function renderBack(colors: Colors): (leg: Leg) => string[] {
  return (leg) => {
    const devices = leg.hops.filter(({ kind }) => kind === "device").map(({ place }) => place);
    const passed = devices.length > 2 ? [devices[0], devices.at(-1)] : devices;
    const [first, last] = [leg.hops[0], leg.hops.at(-1)];
    const what = first === undefined || last === undefined ? "" : ends(leg.received ? after(last) : first.packet);
    const changes = leg.hops.flatMap(({ place, rewritten, droppedBy }) => [
      ...(rewritten === undefined ? [] : renderRewriting(rewritten, false, colors).map((text) => `${place}: ${text}`)),
      ...(droppedBy === undefined ? [] : [colors.red(`${place}: dropped by ${droppedBy}`)]),
    ]);
    return [`  ${networkName(leg)}: ${passed.join(", ")}: ${what}`, ...changes.map((text) => `    ${text}`)];
  };
}

function ends({ from, to }: HopPacket): string {
  return `${from} > ${to}`;
}

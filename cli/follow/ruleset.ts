import { icmpMessages } from "./packet";

/** Which packets are followed: everything that a flow of this kind could look like on its way, in both directions. */
export type Flow =
  /** A ping with a length of its own, which its answer has as well, and which no address translation changes. */
  | { readonly protocol: "icmp"; readonly length: number }
  /** Connections that are made to one of these ports, and the first answers. */
  | { readonly protocol: "tcp"; readonly ports: readonly number[] };

/** The name of a run's tables. */
export function tableOf(run: string): string {
  return `hardway_follow_${run}`;
}

/** Chains of ours at the start and at the end of a hook: far enough from those of other programs. */
const first = -2000;
const last = 2000;

/** Hooks of the IP layer, in the order in which a packet meets them. */
export const ipHooks = ["prerouting", "input", "forward", "output", "postrouting"] as const;

/** The chain of ours with which a hook ends. */
export function endOfHook(hook: string): string {
  return `${hook}_end`;
}

/**
 * Tables that change nothing, and have the kernel trace the flow: at each card and bridge port, in and out, and at the start and the
 * end of each hook. Going from one namespace to another, and from a card to the IP layer of some drivers, a packet loses the mark
 * for it, so it is set wherever one can come in.
 */
export function ruleset(table: string, devices: readonly string[], flow: Flow): string {
  const trace = matches(flow).map((match) => `    ${match} meta nftrace set 1`);
  const chain = (name: string, hook: string, priority: number, rules: readonly string[]) => [
    `  chain ${name} {`,
    `    type filter hook ${hook} priority ${priority}; policy accept`,
    ...rules,
    "  }",
  ];
  const all = `devices = { ${devices.map((name) => `"${name}"`).join(", ")} }`;
  return [
    `table netdev ${table} {`,
    ...chain("in", `ingress ${all}`, first, trace),
    ...chain("out", `egress ${all}`, last, trace),
    "}",
    `table bridge ${table} {`,
    ...ipHooks.flatMap((hook) => chain(hook, hook, first, trace)),
    "}",
    `table ip ${table} {`,
    ...ipHooks.flatMap((hook) => [...chain(hook, hook, first, trace), ...chain(endOfHook(hook), hook, last, [])]),
    "}",
    "",
  ].join("\n");
}

function matches(flow: Flow): string[] {
  if (flow.protocol === "icmp")
    return [`ip length ${flow.length} icmp type { ${icmpMessages.echoRequest}, ${icmpMessages.echoReply} }`];
  const ports = `{ ${[...new Set(flow.ports)].join(", ")} }`;
  return [`tcp dport ${ports} tcp flags & (syn | ack | rst) == syn`, `tcp sport ${ports} tcp flags & (syn | rst) != 0`];
}

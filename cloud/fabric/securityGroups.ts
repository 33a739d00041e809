import { contains, parseNetwork, type Network } from "./address";
import { protocols } from "./ipv4";
import type { SecurityGroupConfig, SecurityGroupRuleConfig } from "./network";

const any = -1;

/** One rule, ready to be matched. */
export interface Rule {
  readonly id: string;
  readonly groupId: string;
  /** Protocol number, or -1. */
  readonly protocol: number;
  /** Ports, or ICMP type and code; -1 for all. */
  readonly from: number;
  readonly to: number;
  readonly network?: Network;
  /** Private addresses of the members of the group that the rule names. */
  readonly members?: ReadonlySet<number>;
  /** `sg-1, rule sgr-1: tcp 22 from 0.0.0.0/0` */
  readonly text: string;
}

/** The rules of one direction of all groups of an interface: a packet passes when any of them matches. */
export class RuleSet {
  /** What to say of a packet that no rule allows. */
  readonly text: string;

  constructor(
    readonly groupIds: readonly string[],
    readonly direction: "ingress" | "egress",
    private readonly rules: readonly Rule[],
  ) {
    const groups = groupIds.length > 0 ? groupIds.join(", ") : "no security group";
    this.text = `${groups}: no ${direction} rule allows it`;
  }

  /** The first rule that allows a packet to or from `peer`. `port`: the destination port, or the ICMP type; `code`: the ICMP code. */
  match(protocol: number, port: number, code: number, peer: number): Rule | undefined {
    for (const rule of this.rules) {
      if (!coversPorts(rule, protocol, port, code)) continue;
      if (rule.network ? contains(rule.network, peer) : rule.members?.has(peer)) return rule;
    }
    return undefined;
  }

  /** A rule that would match if only the peer were a member of the group that it names. */
  matchButForMembership(protocol: number, port: number, code: number): Rule | undefined {
    return this.rules.find((rule) => rule.members && coversPorts(rule, protocol, port, code));
  }
}

function coversPorts(rule: Rule, protocol: number, port: number, code: number): boolean {
  if (rule.protocol === any) return true;
  if (rule.protocol !== protocol) return false;
  if (protocol === protocols.icmp)
    return rule.from === any || (rule.from === port && (rule.to === any || rule.to === code));
  if (protocol === protocols.tcp || protocol === protocols.udp)
    return rule.from === any || (rule.from <= port && port <= rule.to);
  return true;
}

/** @throws RangeError when a rule makes no sense. */
export function compileRules(
  groups: readonly SecurityGroupConfig[],
  direction: "ingress" | "egress",
  membersOf: (groupId: string) => ReadonlySet<number>,
): RuleSet {
  const rules = groups.flatMap((group) =>
    group[direction].map((rule) => compileRule(group.id, direction, rule, membersOf)),
  );
  return new RuleSet(
    groups.map(({ id }) => id),
    direction,
    rules,
  );
}

function compileRule(
  groupId: string,
  direction: "ingress" | "egress",
  { id, protocol, fromPort = any, toPort = any, peer }: SecurityGroupRuleConfig,
  membersOf: (groupId: string) => ReadonlySet<number>,
): Rule {
  const number = parseProtocol(protocol);
  const hasPorts = number === protocols.tcp || number === protocols.udp;
  const ports = fromPort === any || !hasPorts ? "" : fromPort === toPort ? ` ${fromPort}` : ` ${fromPort}-${toPort}`;
  const where = "cidr" in peer ? peer.cidr : peer.groupId;
  return {
    id,
    groupId,
    protocol: number,
    from: fromPort,
    to: toPort,
    ...("cidr" in peer ? { network: parseNetwork(peer.cidr) } : { members: membersOf(peer.groupId) }),
    text: `${groupId}, rule ${id}: ${number === any ? "all" : protocol}${ports} ${direction === "ingress" ? "from" : "to"} ${where}`,
  };
}

function parseProtocol(text: string): number {
  const known = Object.entries(protocols).find(([name]) => name === text);
  if (known) return known[1];
  if (text === "all") return any;
  const number = Number(text);
  if (text.trim() === "" || !Number.isInteger(number) || number < any || number > 255)
    throw new RangeError(`"${text}" is not a protocol of a security group rule.`);
  return number;
}

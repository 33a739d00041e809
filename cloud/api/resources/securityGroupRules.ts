import { isIPv6 } from "node:net";
import { Address6 } from "ip-address";
import type { IpPermission, SecurityGroupRule as SdkRule } from "@aws-sdk/client-ec2";
import { parseCidrBlock } from "../core/cidr";
import { Ec2Error, invalidParameterValue, missingParameter } from "../core/errors";
import { accountId } from "../core/handlers";
import { find, newId } from "../core/ids";
import type { SecurityGroup, SecurityGroupRule, State } from "../core/state";
import { tagList } from "../core/tags";

type RuleContent = Omit<SecurityGroupRule, "id">;
type Peer = SecurityGroupRule["peer"];

/** A rule beside its peer, which is one of the three. */
export type FlatRule = Omit<RuleContent, "peer"> & { cidr?: string; cidrIpv6?: string; groupId?: string };

export function flat({ peer, ...rule }: RuleContent): FlatRule {
  return { ...rule, ...peer };
}

const protocolNames: Record<string, string> = { all: "-1", "1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6" };

export function allTraffic(rule: { egress: boolean; peer: Peer }): SecurityGroupRule {
  return { id: newId("sgr"), protocol: "-1", fromPort: -1, toPort: -1, ...rule };
}

/** What the older form of Authorize and Revoke has at top level, and the newer one in each permission. */
interface Ports {
  IpProtocol?: string | undefined;
  FromPort?: number | undefined;
  ToPort?: number | undefined;
}

export function readPorts(input: Ports): { protocol: string; fromPort: number; toPort: number } {
  if (input.IpProtocol === undefined) throw missingParameter("ipProtocol");
  const given = input.IpProtocol.toLowerCase().replace(/^0+(?=\d)/, "");
  const protocol = protocolNames[given] ?? given;
  if (!/^(-1|tcp|udp|icmp|icmpv6|\d{1,3})$/.test(protocol) || Number(protocol) > 255) {
    throw invalidParameterValue(`Invalid value '${input.IpProtocol}' for IP protocol. Unknown protocol.`);
  }
  const { FromPort: from, ToPort: to } = input;
  if (protocol === "tcp" || protocol === "udp") {
    if (from === undefined || to === undefined) {
      throw invalidParameterValue("Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.");
    }
    if (from === -1 && to === -1) return { protocol, fromPort: 0, toPort: 65535 };
    if (from < 0 || to > 65535 || from > to) {
      throw invalidParameterValue(`Invalid value '${from}-${to}' for portRange. TCP/UDP port range is 0 to 65535.`);
    }
    return { protocol, fromPort: from, toPort: to };
  }
  if (protocol === "icmp" || protocol === "icmpv6") {
    const [type, code] = [from ?? -1, to ?? -1];
    if (type < -1 || type > 255 || code < -1 || code > 255) {
      throw invalidParameterValue(`Invalid value '${type}/${code}' for ICMP type and code.`);
    }
    // API reference, IpPermission: "If the start port is -1 (all ICMP types), then the end port must be -1 (all ICMP codes)."
    if (type === -1 && code !== -1) {
      throw invalidParameterValue(`Invalid value '${code}' for ICMP code. All types go with all codes, which is -1.`);
    }
    return { protocol, fromPort: type, toPort: code };
  }
  // Ports mean nothing to the other protocols; EC2 forgets them.
  return { protocol, fromPort: -1, toPort: -1 };
}

export function checkDescription(description: string | undefined): { description?: string } {
  if (description === undefined || description === "") return {};
  if (description.length > 255 || !/^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]*$/.test(description)) {
    throw invalidParameterValue(
      `Invalid rule description. Valid descriptions are strings less than 256 characters from the following set: ` +
        `a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*`,
    );
  }
  return { description };
}

/** A single address has a mask too: 10.1.2.3/32 (API reference, IpRange). */
export function readCidrPeer(text: string): Peer {
  return { cidr: parseCidrBlock(text, "cidrIp").text };
}

/** In the canonical form of RFC 5952, without host bits, as EC2 keeps it (API reference, Ipv6Range). */
export function readIpv6Peer(text: string): Peer {
  const [, address = "", prefix = ""] = /^([\da-f:.]+)\/(\d{1,3})$/i.exec(text) ?? [];
  if (!isIPv6(address) || Number(prefix) > 128) throw invalidParameterValue(`CIDR block ${text} is malformed`);
  const first = new Address6(`${address}/${Number(prefix)}`).startAddress();
  return { cidrIpv6: `${first.correctForm()}/${Number(prefix)}` };
}

interface GroupPeer {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  /** The account and the VPC that it is said to be of. */
  readonly owner?: string | undefined;
  readonly vpcId?: string | undefined;
}

/** A group that a rule of `group` may name: one of the same VPC. */
export function readGroupPeer(state: State, group: SecurityGroup, peer: GroupPeer): Peer {
  const { vpcId } = group;
  const found =
    peer.id !== undefined
      ? find("securityGroup", state, peer.id)
      : Object.values(state.securityGroups).find((other) => other.vpcId === vpcId && other.name === peer.name);
  if (found !== undefined && (peer.owner ?? accountId) !== accountId) {
    throw new Ec2Error("InvalidGroup.NotFound", `The security group '${found.id}' is not of account '${peer.owner}'`);
  }
  if (found?.vpcId !== vpcId || (peer.vpcId ?? vpcId) !== vpcId) {
    throw new Ec2Error(
      "InvalidGroup.NotFound",
      `You have specified two resources that belong to different networks: ${group.id} and ${peer.id ?? peer.name ?? ""}`,
    );
  }
  return { groupId: found.id };
}

/** The rules that permissions stand for: one for each peer. */
export function readPermissions(
  state: State,
  group: SecurityGroup,
  egress: boolean,
  permissions: readonly IpPermission[],
): RuleContent[] {
  return permissions.flatMap((permission) => {
    const ports = readPorts(permission);
    const rule = (peer: Peer, description: string | undefined): RuleContent => ({
      egress,
      ...ports,
      peer,
      ...checkDescription(description),
    });
    if ((permission.PrefixListIds ?? []).length > 0) {
      const id = permission.PrefixListIds?.[0]?.PrefixListId ?? "";
      throw new Ec2Error("InvalidPrefixListID.NotFound", `The prefix list ID '${id}' does not exist`);
    }
    const rules = [
      ...(permission.IpRanges ?? []).map((range) => rule(readCidrPeer(range.CidrIp ?? ""), range.Description)),
      ...(permission.Ipv6Ranges ?? []).map((range) => rule(readIpv6Peer(range.CidrIpv6 ?? ""), range.Description)),
      ...(permission.UserIdGroupPairs ?? []).map((pair) =>
        rule(
          readGroupPeer(state, group, {
            id: pair.GroupId,
            name: pair.GroupName,
            owner: pair.UserId,
            vpcId: pair.VpcId,
          }),
          pair.Description,
        ),
      ),
    ];
    if (rules.length === 0)
      throw missingParameter("ipRanges, ipv6Ranges, prefixListIds or groups of each IP permission");
    return rules;
  });
}

/** How many rules permissions stand for. */
export function countPeers(permissions: readonly IpPermission[]): number {
  const lists = permissions.flatMap(({ IpRanges, Ipv6Ranges, UserIdGroupPairs, PrefixListIds }) => [
    ...[IpRanges, Ipv6Ranges, UserIdGroupPairs, PrefixListIds],
  ]);
  return lists.reduce((count, list) => count + (list?.length ?? 0), 0);
}

/** What a rule allows, as text: rules are the same when it is; descriptions do not count. */
export function contentKey({ egress, protocol, fromPort, toPort, peer }: RuleContent): string {
  return [egress, protocol, fromPort, toPort, ...Object.entries(peer)].join(" ");
}

export function duplicateRule(rule: RuleContent): Ec2Error {
  const ports =
    rule.protocol === "-1"
      ? "ALL"
      : `${rule.protocol.toUpperCase()}, from port: ${rule.fromPort}, to port: ${rule.toPort}`;
  return new Ec2Error(
    "InvalidPermission.Duplicate",
    `the specified rule "peer: ${Object.values(rule.peer)[0]}, ${ports}, ALLOW" already exists`,
  );
}

export function describeRule(state: State, group: SecurityGroup, rule: SecurityGroupRule, region: string): SdkRule {
  const { cidr, cidrIpv6, groupId } = flat(rule);
  return {
    SecurityGroupRuleId: rule.id,
    SecurityGroupRuleArn: `arn:aws:ec2:${region}:${accountId}:security-group-rule/${rule.id}`,
    GroupId: group.id,
    GroupOwnerId: accountId,
    IsEgress: rule.egress,
    IpProtocol: rule.protocol,
    FromPort: rule.fromPort,
    ToPort: rule.toPort,
    CidrIpv4: cidr,
    CidrIpv6: cidrIpv6,
    ReferencedGroupInfo:
      groupId === undefined ? undefined : { GroupId: groupId, UserId: accountId, VpcId: group.vpcId },
    Description: rule.description,
    Tags: tagList(state, rule.id),
  };
}

/** Rules with the same protocol and ports are one permission with several peers. */
export function describePermissions(rules: readonly SecurityGroupRule[]): IpPermission[] {
  const byPorts = new Map<string, FlatRule[]>();
  for (const rule of rules) {
    const key = `${rule.protocol} ${rule.fromPort} ${rule.toPort}`;
    byPorts.set(key, [...(byPorts.get(key) ?? []), flat(rule)]);
  }
  return [...byPorts.values()].map((same) => {
    const [first] = same;
    const hasPorts = first !== undefined && /^(tcp|udp|icmp|icmpv6)$/.test(first.protocol);
    return {
      IpProtocol: first?.protocol,
      ...(hasPorts ? { FromPort: first.fromPort, ToPort: first.toPort } : {}),
      IpRanges: same.flatMap(({ cidr: CidrIp, description: Description }) => (CidrIp ? [{ CidrIp, Description }] : [])),
      Ipv6Ranges: same.flatMap(({ cidrIpv6: CidrIpv6, description: Description }) =>
        CidrIpv6 ? [{ CidrIpv6, Description }] : [],
      ),
      PrefixListIds: [],
      UserIdGroupPairs: same.flatMap(({ groupId: GroupId, description: Description }) =>
        GroupId ? [{ GroupId, UserId: accountId, Description }] : [],
      ),
    };
  });
}

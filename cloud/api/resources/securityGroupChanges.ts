import type { IpPermission, SecurityGroupRule as SdkRule, TagSpecification } from "@aws-sdk/client-ec2";
import { Ec2Error, invalidCombination, invalidParameterValue, missingParameter } from "../core/errors";
import { applyFilters, type FilterFields } from "../core/filters";
import { filtered } from "../core/handled";
import type { Family } from "../core/handlers";
import { checkId, newId, notFound } from "../core/ids";
import { page } from "../core/pages";
import type { SecurityGroup, SecurityGroupRule, State } from "../core/state";
import { setTags, specifiedTags, tagsOf } from "../core/tags";
import {
  checkDescription,
  contentKey,
  countPeers,
  describeRule,
  duplicateRule,
  readCidrPeer,
  readGroupPeer,
  readIpv6Peer,
  readPermissions,
  readPorts,
} from "./securityGroupRules";
import { findGroup } from "./securityGroups";
import { selectByIds } from "./select";

/** AWS's default quota of rules in each direction. */
const maxRules = 60;

/** Authorize and Revoke have permissions in a list, or one in parameters of its own. */
interface Permissions {
  GroupId?: string | undefined;
  GroupName?: string | undefined;
  IpPermissions?: IpPermission[] | undefined;
  IpProtocol?: string | undefined;
  FromPort?: number | undefined;
  ToPort?: number | undefined;
  CidrIp?: string | undefined;
  SourceSecurityGroupName?: string | undefined;
  SourceSecurityGroupOwnerId?: string | undefined;
}

const permissions = {
  IpProtocol: true,
  FromPort: true,
  ToPort: true,
  IpRanges: true,
  Ipv6Ranges: true,
  PrefixListIds: true,
  UserIdGroupPairs: { GroupId: true, GroupName: true, UserId: true, VpcId: true, Description: true },
} as const;

/** The older form of one permission. */
const onePermission = {
  IpProtocol: true,
  FromPort: true,
  ToPort: true,
  CidrIp: true,
  SourceSecurityGroupName: true,
  SourceSecurityGroupOwnerId: true,
} as const;

function permissionsOf(input: Permissions): IpPermission[] {
  const { IpPermissions: list, IpProtocol, FromPort, ToPort, CidrIp, SourceSecurityGroupName } = input;
  if (list !== undefined) {
    const other = Object.keys(onePermission).find((name) => input[name as keyof Permissions] !== undefined);
    if (other !== undefined) {
      throw invalidCombination(`The parameter ${other} may not be used with ipPermissions`);
    }
    return list;
  }
  if (IpProtocol === undefined) throw missingParameter("ipPermissions");
  return [
    {
      IpProtocol,
      FromPort,
      ToPort,
      IpRanges: CidrIp === undefined ? [] : [{ CidrIp }],
      UserIdGroupPairs:
        SourceSecurityGroupName === undefined
          ? []
          : [{ GroupName: SourceSecurityGroupName, UserId: input.SourceSecurityGroupOwnerId }],
    },
  ];
}

function authorize(
  draft: State,
  egress: boolean,
  input: Permissions & { TagSpecifications?: TagSpecification[] | undefined },
  region: string,
): { Return: boolean; SecurityGroupRules: SdkRule[] } {
  const group = findGroup(draft, input);
  const tags = specifiedTags(input.TagSpecifications, ["security-group-rule"])("security-group-rule");
  const wishes = permissionsOf(input);
  const known = new Set(group.rules.filter((rule) => rule.egress === egress).map(contentKey));
  if (known.size + countPeers(wishes) > maxRules) {
    throw new Ec2Error(
      "RulesPerSecurityGroupLimitExceeded",
      "The maximum number of rules per security group has been reached.",
    );
  }
  const added = readPermissions(draft, group, egress, wishes).map((content): SecurityGroupRule => {
    const key = contentKey(content);
    if (known.has(key)) throw duplicateRule(content);
    known.add(key);
    const rule = { id: newId("sgr"), ...content };
    group.rules.push(rule);
    setTags(draft, rule.id, tags);
    return rule;
  });
  return { Return: true, SecurityGroupRules: added.map((rule) => describeRule(draft, group, rule, region)) };
}

function revoke(draft: State, egress: boolean, input: Permissions & { SecurityGroupRuleIds?: string[] | undefined }) {
  const group = findGroup(draft, input);
  const { SecurityGroupRuleIds: ids } = input;
  if (ids !== undefined && (input.IpPermissions ?? input.IpProtocol) !== undefined) {
    throw invalidCombination("Rules are named by their ids or by their permissions, not by both");
  }
  const removed =
    ids === undefined
      ? findRules(draft, group, egress, permissionsOf(input)).map(({ rule }) => rule)
      : [...new Set(ids)].map((id) => findRule(group, id, egress));
  group.rules = group.rules.filter((rule) => !removed.includes(rule));
  for (const { id } of removed) delete draft.tags[id];
  return {
    Return: true,
    RevokedSecurityGroupRules: removed.map(({ id, protocol, fromPort, toPort, peer, description }) => ({
      SecurityGroupRuleId: id,
      GroupId: group.id,
      IsEgress: egress,
      IpProtocol: protocol,
      FromPort: fromPort,
      ToPort: toPort,
      CidrIpv4: "cidr" in peer ? peer.cidr : undefined,
      CidrIpv6: "cidrIpv6" in peer ? peer.cidrIpv6 : undefined,
      ReferencedGroupId: "groupId" in peer ? peer.groupId : undefined,
      Description: description,
    })),
  };
}

/** The rules that permissions stand for, and the descriptions that they have there. */
function findRules(state: State, group: SecurityGroup, egress: boolean, wishes: readonly IpPermission[]) {
  const known = new Map(group.rules.map((rule) => [contentKey(rule), rule]));
  const missing = (): Ec2Error =>
    new Ec2Error("InvalidPermission.NotFound", "The specified rule does not exist in this security group.");
  // More than a group can have: one of them is not there.
  if (countPeers(wishes) > maxRules) throw missing();
  return readPermissions(state, group, egress, wishes).map((content) => {
    const rule = known.get(contentKey(content));
    if (rule === undefined) throw missing();
    return { rule, description: content.description };
  });
}

function findRule(group: SecurityGroup, id: string, egress?: boolean): SecurityGroupRule {
  checkId("securityGroupRule", id);
  const rule = group.rules.find(
    (candidate) => candidate.id === id && candidate.egress === (egress ?? candidate.egress),
  );
  if (rule === undefined) throw notFound("securityGroupRule", id);
  return rule;
}

const filters: FilterFields<{ group: SecurityGroup; rule: SecurityGroupRule }> = {
  "group-id": ({ group }) => group.id,
  "security-group-rule-id": ({ rule }) => rule.id,
};

export const securityGroupChanges: Family = {
  inputs: {
    DescribeSecurityGroupRules: { SecurityGroupRuleIds: true, ...filtered },
    AuthorizeSecurityGroupIngress: {
      ...{ GroupId: true, GroupName: true, IpPermissions: permissions, ...onePermission },
      TagSpecifications: true,
    },
    AuthorizeSecurityGroupEgress: {
      ...{ GroupId: true, IpPermissions: permissions, ...onePermission },
      TagSpecifications: true,
    },
    RevokeSecurityGroupIngress: {
      ...{ GroupId: true, GroupName: true, IpPermissions: permissions, ...onePermission },
      SecurityGroupRuleIds: true,
    },
    RevokeSecurityGroupEgress: {
      ...{ GroupId: true, IpPermissions: permissions, ...onePermission },
      SecurityGroupRuleIds: true,
    },
    ModifySecurityGroupRules: {
      GroupId: true,
      SecurityGroupRules: {
        SecurityGroupRuleId: true,
        SecurityGroupRule: {
          IpProtocol: true,
          FromPort: true,
          ToPort: true,
          CidrIpv4: true,
          CidrIpv6: true,
          ReferencedGroupId: true,
          Description: true,
        },
      },
    },
    UpdateSecurityGroupRuleDescriptionsIngress: {
      ...{ GroupId: true, GroupName: true, IpPermissions: permissions },
      SecurityGroupRuleDescriptions: true,
    },
    UpdateSecurityGroupRuleDescriptionsEgress: {
      ...{ GroupId: true, GroupName: true, IpPermissions: permissions },
      SecurityGroupRuleDescriptions: true,
    },
  },

  reads: {
    DescribeSecurityGroupRules(state, input, { region }) {
      const all = Object.values(state.securityGroups).flatMap((group) => group.rules.map((rule) => ({ group, rule })));
      const byId = Object.fromEntries(all.map((entry) => [entry.rule.id, entry]));
      const asked = selectByIds("securityGroupRule", byId, input.SecurityGroupRuleIds);
      for (const { Name: name, Values: values = [] } of input.Filters ?? []) {
        if (name !== "group-id") continue;
        // This Describe looks closer than the others. Seen from AWS.
        for (const id of values) if (!/[*?]/.test(id)) checkId("securityGroup", id);
      }
      const found = applyFilters(asked, input.Filters, filters, ({ rule }) => tagsOf(state, rule.id));
      const { items, nextToken } = page(found, ({ rule }) => rule.id, input);
      return {
        SecurityGroupRules: items.map(({ group, rule }) => describeRule(state, group, rule, region)),
        NextToken: nextToken,
      };
    },
  },

  changes: {
    AuthorizeSecurityGroupIngress: (draft, input, { region }) => authorize(draft, false, input, region),
    AuthorizeSecurityGroupEgress: (draft, input, { region }) => authorize(draft, true, input, region),
    RevokeSecurityGroupIngress: (draft, input) => revoke(draft, false, input),
    RevokeSecurityGroupEgress: (draft, input) => revoke(draft, true, input),

    ModifySecurityGroupRules(draft, input) {
      const group = findGroup(draft, input);
      const known = new Map(group.rules.map((rule) => [contentKey(rule), rule.id]));
      for (const { SecurityGroupRuleId: id = "", SecurityGroupRule: wish } of input.SecurityGroupRules ?? []) {
        const rule = findRule(group, id);
        if (wish === undefined) throw missingParameter("SecurityGroupRule.SecurityGroupRule");
        const peers = [
          ...(wish.CidrIpv4 === undefined ? [] : [readCidrPeer(wish.CidrIpv4)]),
          ...(wish.CidrIpv6 === undefined ? [] : [readIpv6Peer(wish.CidrIpv6)]),
          ...(wish.ReferencedGroupId === undefined
            ? []
            : [readGroupPeer(draft, group, { id: wish.ReferencedGroupId })]),
        ];
        const [peer] = peers;
        if (peer === undefined || peers.length > 1) {
          throw invalidParameterValue("Exactly one of CidrIpv4, CidrIpv6 and ReferencedGroupId must be given");
        }
        const changed = {
          id: rule.id,
          egress: rule.egress,
          ...readPorts(wish),
          peer,
          ...checkDescription(wish.Description),
        };
        const other = known.get(contentKey(changed));
        if (other !== undefined && other !== id) throw duplicateRule(changed);
        known.delete(contentKey(rule));
        known.set(contentKey(changed), id);
        group.rules[group.rules.indexOf(rule)] = changed;
      }
      return { Return: true };
    },

    UpdateSecurityGroupRuleDescriptionsIngress: (draft, input) => describeAnew(draft, false, input),
    UpdateSecurityGroupRuleDescriptionsEgress: (draft, input) => describeAnew(draft, true, input),
  },
};

function describeAnew(
  draft: State,
  egress: boolean,
  input: Permissions & {
    SecurityGroupRuleDescriptions?: { SecurityGroupRuleId?: string; Description?: string }[] | undefined;
  },
) {
  const group = findGroup(draft, input);
  const wishes =
    input.SecurityGroupRuleDescriptions?.map(({ SecurityGroupRuleId: id = "", Description: description }) => ({
      rule: findRule(group, id, egress),
      description,
    })) ?? findRules(draft, group, egress, permissionsOf(input));
  for (const { rule, description } of wishes) {
    delete rule.description;
    Object.assign(rule, checkDescription(description));
  }
  return { Return: true };
}

import type { IpPermission, SecurityGroupRule as SdkRule, TagSpecification } from "@aws-sdk/client-ec2";
import { describe } from "../core/describe";
import { Ec2Error, invalidCombination, invalidParameterValue, missingParameter } from "../core/errors";
import { change, type Actions } from "../core/handlers";
import { checkId, newId, notFound } from "../core/ids";
import type { SecurityGroup, SecurityGroupRule, State } from "../core/state";
import { setTags, specifiedTags } from "../core/tags";
import {
  checkDescription,
  contentKey,
  countPeers,
  describeRule,
  duplicateRule,
  flat,
  readCidrPeer,
  readGroupPeer,
  readIpv6Peer,
  readPermissions,
  readPorts,
} from "./securityGroupRules";
import { findGroup } from "./securityGroups";

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

function revoke(
  draft: State,
  egress: boolean,
  input: Permissions & { SecurityGroupRuleIds?: string[] | undefined },
  region: string,
) {
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
    RevokedSecurityGroupRules: removed.map((rule) => ({
      ...describeRule(draft, group, rule, region),
      ReferencedGroupId: flat(rule).groupId,
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

const named = { GroupId: true, IpPermissions: permissions } as const;
const authorizing = { ...named, ...onePermission, TagSpecifications: true } as const;
const revoking = { ...named, ...onePermission, SecurityGroupRuleIds: true } as const;
const describing = { ...named, GroupName: true, SecurityGroupRuleDescriptions: true } as const;

export const securityGroupChanges: Actions = {
  DescribeSecurityGroupRules: describe("securityGroupRule", "SecurityGroupRuleIds", {
    narrow: (_state, input) => {
      for (const { Name: name, Values: values = [] } of input.Filters ?? []) {
        if (name !== "group-id") continue;
        // This Describe looks closer than the others. Seen from AWS.
        for (const id of values) if (!/[*?]/.test(id)) checkId("securityGroup", id);
      }
      return () => true;
    },
    output: "SecurityGroupRules",
    filters: { "group-id": ({ group }) => group.id, "security-group-rule-id": ({ rule }) => rule.id },
    idOf: ({ rule }) => rule.id,
    render: (state, { group, rule }, _input, { region }) => describeRule(state, group, rule, region),
  }),

  AuthorizeSecurityGroupIngress: change({ ...authorizing, GroupName: true }, (draft, input, { region }) =>
    authorize(draft, false, input, region),
  ),
  AuthorizeSecurityGroupEgress: change(authorizing, (draft, input, { region }) =>
    authorize(draft, true, input, region),
  ),
  RevokeSecurityGroupIngress: change({ ...revoking, GroupName: true }, (draft, input, { region }) =>
    revoke(draft, false, input, region),
  ),
  RevokeSecurityGroupEgress: change(revoking, (draft, input, { region }) => revoke(draft, true, input, region)),

  ModifySecurityGroupRules: change(
    {
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
    (draft, input) => {
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
        const { egress } = rule;
        const changed = { id, egress, ...readPorts(wish), peer, ...checkDescription(wish.Description) };
        const other = known.get(contentKey(changed));
        if (other !== undefined && other !== id) throw duplicateRule(changed);
        known.delete(contentKey(rule));
        known.set(contentKey(changed), id);
        group.rules[group.rules.indexOf(rule)] = changed;
      }
      return { Return: true };
    },
  ),

  UpdateSecurityGroupRuleDescriptionsIngress: change(describing, (draft, input) => describeAnew(draft, false, input)),
  UpdateSecurityGroupRuleDescriptionsEgress: change(describing, (draft, input) => describeAnew(draft, true, input)),
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

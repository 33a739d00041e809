import type { IpPermission, SecurityGroupRule as SdkRule, TagSpecification } from "@aws-sdk/client-ec2";
import { Ec2Error, invalidCombination, invalidParameterValue, missingParameter } from "../core/errors";
import { applyFilters } from "../core/filters";
import type { Family } from "../core/handlers";
import { checkId, newId, notFound } from "../core/ids";
import { page } from "../core/pages";
import type { SecurityGroup, SecurityGroupRule, State } from "../core/state";
import { setTags, specifiedTags, tagsOf } from "../core/tags";
import {
  checkDescription,
  describeRule,
  duplicateRule,
  readCidrPeer,
  readGroupPeer,
  readIpv6Peer,
  readPermissions,
  readPorts,
  sameRule,
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
}

function permissionsOf(input: Permissions): IpPermission[] {
  const { IpPermissions: list, IpProtocol, FromPort, ToPort, CidrIp, SourceSecurityGroupName } = input;
  if (list !== undefined) {
    if (IpProtocol !== undefined)
      throw invalidCombination("The parameter ipProtocol may not be used with ipPermissions");
    return list;
  }
  if (IpProtocol === undefined) throw missingParameter("ipPermissions");
  return [
    {
      IpProtocol,
      FromPort,
      ToPort,
      IpRanges: CidrIp === undefined ? [] : [{ CidrIp }],
      UserIdGroupPairs: SourceSecurityGroupName === undefined ? [] : [{ GroupName: SourceSecurityGroupName }],
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
  const added = readPermissions(draft, group, egress, permissionsOf(input)).map((content): SecurityGroupRule => {
    if (group.rules.some((rule) => sameRule(rule, content))) throw duplicateRule(content);
    const rule = { id: newId("sgr"), ...content };
    group.rules.push(rule);
    setTags(draft, rule.id, tags);
    return rule;
  });
  if (group.rules.filter((rule) => rule.egress === egress).length > maxRules) {
    throw new Ec2Error(
      "RulesPerSecurityGroupLimitExceeded",
      "The maximum number of rules per security group has been reached.",
    );
  }
  return { Return: true, SecurityGroupRules: added.map((rule) => describeRule(draft, group, rule, region)) };
}

function revoke(draft: State, egress: boolean, input: Permissions & { SecurityGroupRuleIds?: string[] | undefined }) {
  const group = findGroup(draft, input);
  const removed =
    input.SecurityGroupRuleIds !== undefined
      ? input.SecurityGroupRuleIds.map((id) => findRule(group, id, egress))
      : readPermissions(draft, group, egress, permissionsOf(input)).map((content) => {
          const rule = group.rules.find((candidate) => sameRule(candidate, content));
          if (rule === undefined) {
            throw new Ec2Error(
              "InvalidPermission.NotFound",
              "The specified rule does not exist in this security group.",
            );
          }
          return rule;
        });
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

function findRule(group: SecurityGroup, id: string, egress?: boolean): SecurityGroupRule {
  checkId("securityGroupRule", id);
  const rule = group.rules.find(
    (candidate) => candidate.id === id && candidate.egress === (egress ?? candidate.egress),
  );
  if (rule === undefined) throw notFound("securityGroupRule", id);
  return rule;
}

export const securityGroupChanges: Family = {
  reads: {
    DescribeSecurityGroupRules(state, input, { region }) {
      const all = Object.values(state.securityGroups).flatMap((group) => group.rules.map((rule) => ({ group, rule })));
      const ids = input.SecurityGroupRuleIds;
      for (const id of ids ?? []) {
        checkId("securityGroupRule", id);
        if (!all.some(({ rule }) => rule.id === id)) throw notFound("securityGroupRule", id);
      }
      const asked = ids === undefined ? all : all.filter(({ rule }) => ids.includes(rule.id));
      const found = applyFilters(
        asked,
        input.Filters,
        { "group-id": ({ group }) => group.id, "security-group-rule-id": ({ rule }) => rule.id },
        ({ rule }) => tagsOf(state, rule.id),
      );
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
        if (group.rules.some((other) => other !== rule && sameRule(other, changed))) throw duplicateRule(changed);
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
    })) ??
    readPermissions(draft, group, egress, permissionsOf(input)).map((content) => {
      const rule = group.rules.find((candidate) => sameRule(candidate, content));
      if (rule === undefined) {
        throw new Ec2Error("InvalidPermission.NotFound", "The specified rule does not exist in this security group.");
      }
      return { rule, description: content.description };
    });
  for (const { rule, description } of wishes) {
    delete rule.description;
    Object.assign(rule, checkDescription(description));
  }
  return { Return: true };
}

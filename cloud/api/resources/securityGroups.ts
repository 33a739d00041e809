import type { SecurityGroup as SdkSecurityGroup } from "@aws-sdk/client-ec2";
import { Ec2Error, invalidParameterValue, missingParameter } from "../core/errors";
import { applyFilters, type FilterFields } from "../core/filters";
import { filtered } from "../core/handled";
import { accountId, type Family } from "../core/handlers";
import { find, newId } from "../core/ids";
import { page } from "../core/pages";
import type { SecurityGroup, SecurityGroupRule, State } from "../core/state";
import { setTags, specifiedTags, tagListOrNone, tagsOf } from "../core/tags";
import { allTraffic, describePermissions } from "./securityGroupRules";
import { selectByIds } from "./select";

function describeGroup(state: State, group: SecurityGroup, region: string): SdkSecurityGroup {
  return {
    GroupId: group.id,
    GroupName: group.name,
    SecurityGroupArn: groupArn(group.id, region),
    Description: group.description,
    VpcId: group.vpcId,
    OwnerId: accountId,
    IpPermissions: describePermissions(group.rules.filter((rule) => !rule.egress)),
    IpPermissionsEgress: describePermissions(group.rules.filter((rule) => rule.egress)),
    Tags: tagListOrNone(state, group.id),
  };
}

const groupArn = (id: string, region: string): string => `arn:aws:ec2:${region}:${accountId}:security-group/${id}`;

function ruleFilters(state: State, prefix: string, egress: boolean): FilterFields<SecurityGroup> {
  const each =
    (value: (rule: SecurityGroupRule) => string | number | undefined) =>
    (group: SecurityGroup): (string | number | undefined)[] =>
      group.rules.filter((rule) => rule.egress === egress).map(value);
  return {
    [`${prefix}.cidr`]: each(({ peer }) => ("cidr" in peer ? peer.cidr : undefined)),
    [`${prefix}.ipv6-cidr`]: each(({ peer }) => ("cidrIpv6" in peer ? peer.cidrIpv6 : undefined)),
    [`${prefix}.group-id`]: each(({ peer }) => ("groupId" in peer ? peer.groupId : undefined)),
    [`${prefix}.group-name`]: each(({ peer }) =>
      "groupId" in peer ? state.securityGroups[peer.groupId]?.name : undefined,
    ),
    [`${prefix}.prefix-list-id`]: () => undefined,
    [`${prefix}.from-port`]: each((rule) => rule.fromPort),
    [`${prefix}.to-port`]: each((rule) => rule.toPort),
    [`${prefix}.protocol`]: each((rule) => rule.protocol),
    [`${prefix}.user-id`]: each(({ peer }) => ("groupId" in peer ? accountId : undefined)),
  };
}

const filters = (state: State): FilterFields<SecurityGroup> => ({
  "group-id": (group) => group.id,
  "group-name": (group) => group.name,
  description: (group) => group.description,
  "vpc-id": (group) => group.vpcId,
  "owner-id": () => accountId,
  ...ruleFilters(state, "ip-permission", false),
  ...ruleFilters(state, "egress.ip-permission", true),
});

/** The group that a request means; by name only where there is a default VPC, and there is none. */
export function findGroup(
  state: State,
  input: { GroupId?: string | undefined; GroupName?: string | undefined },
): SecurityGroup {
  if (input.GroupId !== undefined) return find("securityGroup", state.securityGroups, input.GroupId);
  if (input.GroupName === undefined) throw missingParameter("groupId");
  throw noDefaultVpc();
}

export function noDefaultVpc(): Ec2Error {
  return new Ec2Error(
    "VPCIdNotSpecified",
    "No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.",
  );
}

const allowedText = /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{1,255}$/;

function checkText(text: string, parameter: string): void {
  if (allowedText.test(text)) return;
  throw invalidParameterValue(
    `Value (${text}) for parameter ${parameter} is invalid. Character sets beyond ASCII are not supported.`,
  );
}

export const securityGroups: Family = {
  inputs: {
    DescribeSecurityGroups: { GroupIds: true, GroupNames: true, ...filtered },
    CreateSecurityGroup: { VpcId: true, GroupName: true, Description: true, TagSpecifications: true },
    DeleteSecurityGroup: { GroupId: true, GroupName: true },
  },

  reads: {
    DescribeSecurityGroups(state, input, { region }) {
      const named = selectByIds("securityGroup", state.securityGroups, input.GroupIds);
      for (const name of input.GroupNames ?? []) {
        throw new Ec2Error("InvalidGroup.NotFound", `The security group '${name}' does not exist in default VPC`);
      }
      const found = applyFilters(named, input.Filters, filters(state), (group) => tagsOf(state, group.id));
      const { items, nextToken } = page(found, (group) => group.id, input);
      return { SecurityGroups: items.map((group) => describeGroup(state, group, region)), NextToken: nextToken };
    },
  },

  changes: {
    CreateSecurityGroup(draft, input, { region }) {
      if (input.VpcId === undefined) throw noDefaultVpc();
      const vpc = find("vpc", draft.vpcs, input.VpcId);
      const { GroupName: name = "", Description: description = "" } = input;
      checkText(name, "groupName");
      checkText(description, "groupDescription");
      if (/^sg-/i.test(name)) {
        throw invalidParameterValue(`invalid value for parameter groupName: ${name}: it must not start with sg-`);
      }
      if (name === "default")
        throw new Ec2Error("InvalidParameterValue", "Cannot use reserved security group name: default");
      if (Object.values(draft.securityGroups).some((other) => other.vpcId === vpc.id && other.name === name)) {
        throw new Ec2Error("InvalidGroup.Duplicate", `The security group '${name}' already exists for VPC '${vpc.id}'`);
      }
      const tags = specifiedTags(input.TagSpecifications, ["security-group"])("security-group");
      const id = newId("sg");
      draft.securityGroups[id] = {
        id,
        vpcId: vpc.id,
        name,
        description,
        rules: [allTraffic({ egress: true, peer: { cidr: "0.0.0.0/0" } })],
      };
      setTags(draft, id, tags);
      return { GroupId: id, SecurityGroupArn: groupArn(id, region), Tags: tagListOrNone(draft, id) };
    },

    DeleteSecurityGroup(draft, input) {
      const group = findGroup(draft, input);
      if (group.name === "default") {
        throw new Ec2Error(
          "CannotDelete",
          `the specified group: "${group.id}" name: "default" cannot be deleted by a user`,
        );
      }
      const isUsed = Object.values(draft.networkInterfaces).some(({ groupIds }) => groupIds.includes(group.id));
      const isNamed = Object.values(draft.securityGroups).some(
        (other) =>
          other.id !== group.id && other.rules.some(({ peer }) => "groupId" in peer && peer.groupId === group.id),
      );
      if (isUsed || isNamed) {
        throw new Ec2Error("DependencyViolation", `resource ${group.id} has a dependent object`);
      }
      delete draft.securityGroups[group.id];
      for (const id of [group.id, ...group.rules.map((rule) => rule.id)]) delete draft.tags[id];
      return { Return: true, GroupId: group.id };
    },
  },
};

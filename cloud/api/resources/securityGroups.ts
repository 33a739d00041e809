import type { SecurityGroup as SdkSecurityGroup } from "@aws-sdk/client-ec2";
import { describe } from "../core/describe";
import { Ec2Error, invalidParameterValue, missingParameter } from "../core/errors";
import { absent, type FilterFields } from "../core/filters";
import { accountId, change, type Actions } from "../core/handlers";
import { find, newId, remove } from "../core/ids";
import type { SecurityGroup, State } from "../core/state";
import { add, tagListOrNone } from "../core/tags";
import { allTraffic, describePermissions, flat, type FlatRule } from "./securityGroupRules";

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

function ruleFilters(prefix: string, egress: boolean): FilterFields<SecurityGroup> {
  const each =
    (value: (rule: FlatRule, state: State) => string | number | undefined) =>
    (group: SecurityGroup, state: State): (string | number | undefined)[] =>
      group.rules.filter((rule) => rule.egress === egress).map((rule) => value(flat(rule), state));
  return {
    [`${prefix}.cidr`]: each(({ cidr }) => cidr),
    [`${prefix}.ipv6-cidr`]: each(({ cidrIpv6 }) => cidrIpv6),
    [`${prefix}.group-id`]: each(({ groupId }) => groupId),
    [`${prefix}.group-name`]: each(({ groupId = "" }, state) => state.securityGroups[groupId]?.name),
    ...absent(`${prefix}.prefix-list-id`),
    [`${prefix}.from-port`]: each(({ fromPort }) => fromPort),
    [`${prefix}.to-port`]: each(({ toPort }) => toPort),
    [`${prefix}.protocol`]: each(({ protocol }) => protocol),
    [`${prefix}.user-id`]: each(({ groupId }) => (groupId === undefined ? undefined : accountId)),
  };
}

const filters: FilterFields<SecurityGroup> = {
  "group-id": (group) => group.id,
  "group-name": (group) => group.name,
  description: (group) => group.description,
  "vpc-id": (group) => group.vpcId,
  "owner-id": () => accountId,
  ...ruleFilters("ip-permission", false),
  ...ruleFilters("egress.ip-permission", true),
};

/** The group that a request means; by name only where there is a default VPC, and there is none. */
export function findGroup(
  state: State,
  input: { GroupId?: string | undefined; GroupName?: string | undefined },
): SecurityGroup {
  if (input.GroupId !== undefined) return find("securityGroup", state, input.GroupId);
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

export const securityGroups: Actions = {
  DescribeSecurityGroups: describe("securityGroup", "GroupIds", {
    inputs: { GroupNames: true },
    narrow: (_state, { GroupNames: names }) => {
      const name = names?.[0];
      if (name === undefined) return () => true;
      throw new Ec2Error("InvalidGroup.NotFound", `The security group '${name}' does not exist in default VPC`);
    },
    ...{ output: "SecurityGroups", filters },
    render: (state, group, _input, { region }) => describeGroup(state, group, region),
  }),

  CreateSecurityGroup: change(
    { VpcId: true, GroupName: true, Description: true, TagSpecifications: true },
    (draft, input, { region }) => {
      if (input.VpcId === undefined) throw noDefaultVpc();
      const vpc = find("vpc", draft, input.VpcId);
      const { GroupName: name = "", Description: description = "" } = input;
      checkText(name, "groupName");
      checkText(description, "groupDescription");
      if (/^sg-/i.test(name)) {
        throw invalidParameterValue(`invalid value for parameter groupName: ${name}: it must not start with sg-`);
      }
      if (name === "default") throw invalidParameterValue("Cannot use reserved security group name: default");
      if (Object.values(draft.securityGroups).some((other) => other.vpcId === vpc.id && other.name === name)) {
        throw new Ec2Error("InvalidGroup.Duplicate", `The security group '${name}' already exists for VPC '${vpc.id}'`);
      }
      const rules = [allTraffic({ egress: true, peer: { cidr: "0.0.0.0/0" } })];
      const group = { id: newId("sg"), vpcId: vpc.id, name, description, rules };
      const { id } = add(draft, "securityGroup", group, input.TagSpecifications);
      return { GroupId: id, SecurityGroupArn: groupArn(id, region), Tags: tagListOrNone(draft, id) };
    },
  ),

  DeleteSecurityGroup: change({ GroupId: true, GroupName: true }, (draft, input) => {
    const group = findGroup(draft, input);
    if (group.name === "default") {
      throw new Ec2Error(
        "CannotDelete",
        `the specified group: "${group.id}" name: "default" cannot be deleted by a user`,
      );
    }
    const isUsed = Object.values(draft.networkInterfaces).some(({ groupIds }) => groupIds.includes(group.id));
    const isNamed = Object.values(draft.securityGroups).some(
      (other) => other.id !== group.id && other.rules.some((rule) => flat(rule).groupId === group.id),
    );
    if (isUsed || isNamed) {
      throw new Ec2Error("DependencyViolation", `resource ${group.id} has a dependent object`);
    }
    removeGroup(draft, group);
    return { Return: true, GroupId: group.id };
  }),
};

/** Removes a group with its rules, and the tags of both. */
export function removeGroup(draft: State, { id, rules }: SecurityGroup): void {
  for (const rule of rules) delete draft.tags[rule.id];
  remove(draft, "securityGroup", id);
}

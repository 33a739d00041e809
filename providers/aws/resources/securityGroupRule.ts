import type { IpPermission } from "@aws-sdk/client-ec2";
import type { Failure, Properties, Value } from "../../plugin/properties";
import { common, given, integer, tags, text, type AwsOperation, type AwsResourceType } from "../resource";
import { ipv4Network } from "../schema";
import { fromTags, updateTags } from "../tags";
import { firstOf, unlessGone, whileUnknown } from "../waiting";

const peers = ["cidrIpv4", "referencedSecurityGroupId"];

/** https://www.pulumi.com/registry/packages/aws/api-docs/vpc/securitygroupingressrule */
export const securityGroupIngressRule = rule("EC2 Security Group Ingress Rule", {
  authorize: async (request, { ec2 }) => (await ec2.authorizeSecurityGroupIngress(request)).SecurityGroupRules,
  revoke: (request, { ec2 }) => ec2.revokeSecurityGroupIngress(request),
});

/** https://www.pulumi.com/registry/packages/aws/api-docs/vpc/securitygroupegressrule */
export const securityGroupEgressRule = rule("EC2 Security Group Egress Rule", {
  authorize: async (request, { ec2 }) => (await ec2.authorizeSecurityGroupEgress(request)).SecurityGroupRules,
  revoke: (request, { ec2 }) => ec2.revokeSecurityGroupEgress(request),
});

interface Direction {
  authorize: (
    request: { GroupId: string; IpPermissions: IpPermission[] },
    context: AwsOperation,
  ) => Promise<{ SecurityGroupRuleId?: string }[] | undefined>;
  revoke: (request: { GroupId: string; SecurityGroupRuleIds: string[] }, context: AwsOperation) => Promise<unknown>;
}

function rule(title: string, { authorize, revoke }: Direction): AwsResourceType {
  return {
    title,
    inputs: {
      ...common,
      ...tags,
      cidrIpv4: { type: "string", format: ipv4Network },
      description: { type: "string" },
      fromPort: { type: "integer" },
      ipProtocol: { type: "string", required: true, same: sameProtocol },
      referencedSecurityGroupId: { type: "string" },
      securityGroupId: { type: "string", required: true, replaces: true },
      toPort: { type: "integer" },
    },
    outputs: ["arn", "securityGroupRuleId"],

    validate: (inputs) => [...onePeer(inputs), ...validPorts(inputs)],

    // AWS changes a rule's peer, not the kind of its peer.
    replaces: ({ property, kind }) => peers.includes(property) && kind !== "update",

    async create(inputs, context, made) {
      const request = { GroupId: given(inputs, "securityGroupId"), IpPermissions: [permissionOf(inputs)] };
      const [created] = (await whileUnknown(context.stop, () => authorize(request, context))) ?? [];
      const id = created?.SecurityGroupRuleId ?? "";
      made(id);
      await updateTags(id, {}, inputs.tagsAll, context);
    },

    async read(id, state, context) {
      const found = await describe(id, context);
      if (!found) return undefined;
      // AWS says -1 for "all ports"; what the program left out stays out.
      const port = (value: number | undefined, known: Value | undefined) =>
        value === -1 && integer(known) === undefined ? null : (value ?? null);
      return {
        arn: context.arn(`security-group-rule/${id}`),
        cidrIpv4: found.CidrIpv4 ?? null,
        description: found.Description ?? null,
        fromPort: port(found.FromPort, state.fromPort),
        ipProtocol: found.IpProtocol ?? null,
        referencedSecurityGroupId: found.ReferencedGroupInfo?.GroupId ?? null,
        securityGroupId: found.GroupId ?? null,
        securityGroupRuleId: id,
        toPort: port(found.ToPort, state.toPort),
        tagsAll: fromTags(found.Tags),
      };
    },

    async update(id, inputs, changes, context) {
      if (changes.every(({ property }) => ["tags", "tagsAll"].includes(property))) return;
      await context.ec2.modifySecurityGroupRules({
        GroupId: given(inputs, "securityGroupId"),
        SecurityGroupRules: [
          {
            SecurityGroupRuleId: id,
            SecurityGroupRule: {
              CidrIpv4: text(inputs.cidrIpv4),
              Description: text(inputs.description),
              FromPort: integer(inputs.fromPort),
              IpProtocol: protocolName(given(inputs, "ipProtocol")),
              ReferencedGroupId: text(inputs.referencedSecurityGroupId),
              ToPort: integer(inputs.toPort),
            },
          },
        ],
      });
    },

    async delete(id, state, context) {
      const request = { GroupId: given(state, "securityGroupId"), SecurityGroupRuleIds: [id] };
      await unlessGone(() => revoke(request, context));
    },
  };
}

function onePeer(inputs: Properties): Failure[] {
  const count = peers.filter((name) => inputs[name] !== undefined && inputs[name] !== null).length;
  if (count === 1) return [];
  return [{ property: "cidrIpv4", reason: `One of '${peers.join("', '")}' must be given, found ${count}` }];
}

function validPorts(inputs: Properties): Failure[] {
  return ["fromPort", "toPort"].flatMap((property) => {
    const port = integer(inputs[property]);
    if (port === undefined || (port >= -1 && port <= 65535)) return [];
    return [{ property, reason: `'${property}' must be between -1 and 65535, found ${port}` }];
  });
}

const protocols: Record<string, string> = { all: "-1", "1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6" };

/** A protocol as AWS names it: by word where there is one. */
function protocolName(value: string): string {
  return protocols[value.toLowerCase()] ?? value.toLowerCase();
}

function sameProtocol(before: Value, after: Value): boolean {
  return typeof before === "string" && typeof after === "string" && protocolName(before) === protocolName(after);
}

function permissionOf(inputs: Properties): IpPermission {
  const Description = text(inputs.description);
  const cidr = text(inputs.cidrIpv4);
  return {
    IpProtocol: protocolName(given(inputs, "ipProtocol")),
    FromPort: integer(inputs.fromPort),
    ToPort: integer(inputs.toPort),
    ...(cidr === undefined
      ? { UserIdGroupPairs: [{ GroupId: text(inputs.referencedSecurityGroupId), Description }] }
      : { IpRanges: [{ CidrIp: cidr, Description }] }),
  };
}

const describe = (id: string, { ec2 }: AwsOperation) =>
  firstOf(async () => (await ec2.describeSecurityGroupRules({ SecurityGroupRuleIds: [id] })).SecurityGroupRules);

import type { IpPermission } from "@aws-sdk/client-ec2";
import type { Failure } from "../../plugin/properties";
import { hasCode } from "../errors";
import { common, tags, text, type AwsOperation, type AwsResourceType } from "../resource";
import { fromTags, tagSpecifications } from "../tags";
import { firstOf, unlessGone, until, whileInUse, whileUnknown } from "../waiting";

/**
 * https://www.pulumi.com/registry/packages/aws/api-docs/ec2/securitygroup
 * Its rules are resources of their own here; the official provider can have them inline too.
 */
export const securityGroup: AwsResourceType = {
  title: "EC2 Security Group",
  inputs: {
    ...common,
    ...tags,
    description: { type: "string", default: "Managed by Pulumi", replaces: true, format: shortText },
    name: { type: "string", computed: true, replaces: true, format: groupName },
    namePrefix: { type: "string", computed: true, replaces: true, kept: true, format: groupName },
    revokeRulesOnDelete: { type: "boolean", default: false, kept: true },
    vpcId: { type: "string", computed: true, replaces: true },
  },
  outputs: ["arn", "ownerId"],
  timeouts: { create: 600, delete: 900 },
  autoname: { property: "name", unless: "namePrefix" },

  validate(inputs): Failure[] {
    if (text(inputs.name) === undefined || text(inputs.namePrefix) === undefined) return [];
    return [{ property: "name", reason: "'name' and 'namePrefix' exclude each other" }];
  },

  async create(inputs, context, made) {
    const { GroupId = "" } = await context.ec2.createSecurityGroup({
      GroupName: text(inputs.name) ?? unique(text(inputs.namePrefix) ?? ""),
      Description: text(inputs.description),
      VpcId: text(inputs.vpcId),
      TagSpecifications: tagSpecifications("security-group", inputs.tagsAll),
    });
    made(GroupId);
    await until(`EC2 Security Group (${GroupId}) to appear`, context.stop, () => describe(GroupId, context));
    await revokeDefaultEgress(GroupId, context);
  },

  async read(id, _state, context) {
    const found = await describe(id, context);
    if (!found) return undefined;
    return {
      arn: context.arn(`security-group/${id}`, found.OwnerId),
      description: found.Description ?? null,
      name: found.GroupName ?? null,
      ownerId: found.OwnerId ?? null,
      vpcId: found.VpcId ?? null,
      tagsAll: fromTags(found.Tags),
    };
  },

  async delete(id, state, context) {
    if (state.revokeRulesOnDelete === true) await revokeAll(id, context);
    await unlessGone(() => whileInUse(context.stop, () => context.ec2.deleteSecurityGroup({ GroupId: id })));
  },
};

function shortText(value: string): string | undefined {
  return value.length > 0 && value.length <= 255 ? undefined : "a text of 1 to 255 characters";
}

function groupName(value: string): string | undefined {
  return value.startsWith("sg-") ? "a name that does not begin with sg-" : shortText(value);
}

let count = 0;

/** As Terraform makes names of a prefix: the time and a counter, so that they sort by age. */
function unique(prefix: string): string {
  const time = new Date().toISOString().replace(/\D/g, "").padEnd(18, "0");
  return `${prefix}${time}${(++count).toString(16).padStart(8, "0")}`;
}

const describe = (id: string, { ec2 }: AwsOperation) =>
  firstOf(async () => (await ec2.describeSecurityGroups({ GroupIds: [id] })).SecurityGroups);

/** AWS lets a new group send everything everywhere; with Terraform and Pulumi a group has the program's rules only. */
async function revokeDefaultEgress(id: string, context: AwsOperation) {
  const everywhere: IpPermission[] = [
    { IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] },
    // Only in a VPC with IPv6.
    { IpProtocol: "-1", Ipv6Ranges: [{ CidrIpv6: "::/0" }] },
  ];
  for (const permission of everywhere) {
    await whileUnknown(context.stop, async () => {
      try {
        await context.ec2.revokeSecurityGroupEgress({ GroupId: id, IpPermissions: [permission] });
      } catch (error) {
        // A rule that is not there is an answer; a group that is not there is not known everywhere yet.
        if (!hasCode(error, "InvalidPermission.NotFound")) throw error;
      }
    });
  }
}

async function revokeAll(id: string, context: AwsOperation) {
  const { IpPermissions = [], IpPermissionsEgress = [] } = (await describe(id, context)) ?? {};
  if (IpPermissions.length > 0) {
    await context.ec2.revokeSecurityGroupIngress({ GroupId: id, IpPermissions });
  }
  if (IpPermissionsEgress.length > 0) {
    const request = { GroupId: id, IpPermissions: IpPermissionsEgress };
    await context.ec2.revokeSecurityGroupEgress(request);
  }
}

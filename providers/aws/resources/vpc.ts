import type { Tenancy } from "@aws-sdk/client-ec2";
import { common, flag, tags, text, type AwsOperation, type AwsResourceType } from "../resource";
import { ipv4Network } from "../schema";
import { fromTags, tagSpecifications } from "../tags";
import { firstOf, unlessGone, until, whileInUse, whileUnknown } from "../waiting";

/** https://www.pulumi.com/registry/packages/aws/api-docs/ec2/vpc */
export const vpc: AwsResourceType = {
  title: "EC2 VPC",
  inputs: {
    ...common,
    ...tags,
    cidrBlock: { type: "string", required: true, replaces: true, format: ipv4Network },
    enableDnsHostnames: { type: "boolean", computed: true },
    enableDnsSupport: { type: "boolean", default: true },
    // "dedicated" can be made "default" in place, which nobody here needs.
    instanceTenancy: { type: "string", default: "default", replaces: true, values: ["default", "dedicated"] },
  },
  outputs: [
    ...["arn", "defaultNetworkAclId", "defaultRouteTableId", "defaultSecurityGroupId", "dhcpOptionsId"],
    ...["mainRouteTableId", "ownerId"],
  ],

  async create(inputs, context, made) {
    const { Vpc } = await context.ec2.createVpc({
      CidrBlock: text(inputs.cidrBlock),
      InstanceTenancy: text(inputs.instanceTenancy) as Tenancy,
      TagSpecifications: tagSpecifications("vpc", inputs.tagsAll),
    });
    const id = Vpc?.VpcId ?? "";
    made(id);
    await until(`EC2 VPC (${id}) to become available`, context.stop, async () =>
      (await describe(id, context))?.State === "available" ? true : undefined,
    );
    // What AWS makes a VPC with.
    if (inputs.enableDnsSupport === false) await setAttribute(id, "EnableDnsSupport", false, context);
    if (inputs.enableDnsHostnames === true) await setAttribute(id, "EnableDnsHostnames", true, context);
  },

  async read(id, _state, context) {
    const found = await describe(id, context);
    if (!found) return undefined;
    const [dnsHostnames, dnsSupport] = [
      await context.ec2.describeVpcAttribute({ VpcId: id, Attribute: "enableDnsHostnames" }),
      await context.ec2.describeVpcAttribute({ VpcId: id, Attribute: "enableDnsSupport" }),
    ];
    const mainRouteTable = await mainRouteTableOf(id, context);
    return {
      arn: context.arn(`vpc/${id}`, found.OwnerId),
      cidrBlock: found.CidrBlock ?? null,
      enableDnsHostnames: dnsHostnames.EnableDnsHostnames?.Value ?? null,
      enableDnsSupport: dnsSupport.EnableDnsSupport?.Value ?? null,
      instanceTenancy: found.InstanceTenancy ?? null,
      dhcpOptionsId: found.DhcpOptionsId ?? null,
      ownerId: found.OwnerId ?? null,
      defaultNetworkAclId: await defaultNetworkAclOf(id, context),
      defaultSecurityGroupId: await defaultSecurityGroupOf(id, context),
      defaultRouteTableId: mainRouteTable,
      mainRouteTableId: mainRouteTable,
      tagsAll: fromTags(found.Tags),
    };
  },

  async update(id, inputs, changes, context) {
    const changed = (property: string) => changes.some((change) => change.property === property);
    // Host names need support: on in this order, off in the other.
    const support = async () => {
      const value = flag(inputs.enableDnsSupport);
      if (changed("enableDnsSupport") && value !== undefined)
        await setAttribute(id, "EnableDnsSupport", value, context);
    };
    const hostnames = flag(inputs.enableDnsHostnames);
    if (inputs.enableDnsSupport === true) await support();
    if (changed("enableDnsHostnames") && hostnames !== undefined) {
      await setAttribute(id, "EnableDnsHostnames", hostnames, context);
    }
    if (inputs.enableDnsSupport === false) await support();
  },

  async delete(id, _state, context) {
    await unlessGone(() => whileInUse(context.stop, () => context.ec2.deleteVpc({ VpcId: id })));
  },
};

const describe = (id: string, { ec2 }: AwsOperation) =>
  firstOf(async () => (await ec2.describeVpcs({ VpcIds: [id] })).Vpcs);

type Attribute = "EnableDnsSupport" | "EnableDnsHostnames";

/** One attribute a request, as AWS wants it; done when AWS shows it. */
async function setAttribute(id: string, name: Attribute, value: boolean, { ec2, stop }: AwsOperation) {
  await whileUnknown(stop, () => ec2.modifyVpcAttribute({ VpcId: id, [name]: { Value: value } }));
  const attribute = name === "EnableDnsSupport" ? "enableDnsSupport" : "enableDnsHostnames";
  await until(`EC2 VPC (${id}) to have ${attribute} ${value}`, stop, async () => {
    const answer = await unlessGone(() => ec2.describeVpcAttribute({ VpcId: id, Attribute: attribute }));
    return answer?.[name]?.Value === value ? true : undefined;
  });
}

const ofVpc = (id: string, ...more: { Name: string; Values: string[] }[]) => ({
  Filters: [{ Name: "vpc-id", Values: [id] }, ...more],
});

async function mainRouteTableOf(id: string, { ec2 }: AwsOperation) {
  const main = { Name: "association.main", Values: ["true"] };
  const { RouteTables } = await ec2.describeRouteTables(ofVpc(id, main));
  return RouteTables?.[0]?.RouteTableId ?? null;
}

async function defaultSecurityGroupOf(id: string, { ec2 }: AwsOperation) {
  const byName = { Name: "group-name", Values: ["default"] };
  const { SecurityGroups } = await ec2.describeSecurityGroups(ofVpc(id, byName));
  return SecurityGroups?.[0]?.GroupId ?? null;
}

async function defaultNetworkAclOf(id: string, { ec2 }: AwsOperation) {
  const isDefault = { Name: "default", Values: ["true"] };
  const { NetworkAcls } = await ec2.describeNetworkAcls(ofVpc(id, isDefault));
  return NetworkAcls?.[0]?.NetworkAclId ?? null;
}

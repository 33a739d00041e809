import { common, flag, given, tags, text, type AwsOperation, type AwsResourceType } from "../resource";
import { ipv4Network } from "../schema";
import { fromTags, tagSpecifications } from "../tags";
import { firstOf, unlessGone, until, whileInUse, whileUnknown } from "../waiting";

/** https://www.pulumi.com/registry/packages/aws/api-docs/ec2/subnet */
export const subnet: AwsResourceType = {
  title: "EC2 Subnet",
  inputs: {
    ...common,
    ...tags,
    availabilityZone: { type: "string", computed: true, replaces: true },
    cidrBlock: { type: "string", required: true, replaces: true, format: ipv4Network },
    mapPublicIpOnLaunch: { type: "boolean", default: false },
    vpcId: { type: "string", required: true, replaces: true },
  },
  outputs: ["arn", "availabilityZoneId", "ownerId"],
  timeouts: { create: 600, delete: 1200 },

  async create(inputs, context, made) {
    const { Subnet } = await context.ec2.createSubnet({
      VpcId: given(inputs, "vpcId"),
      CidrBlock: text(inputs.cidrBlock),
      AvailabilityZone: text(inputs.availabilityZone),
      TagSpecifications: tagSpecifications("subnet", inputs.tagsAll),
    });
    const id = Subnet?.SubnetId ?? "";
    made(id);
    await until(`EC2 Subnet (${id}) to become available`, context.stop, async () =>
      (await describe(id, context))?.State === "available" ? true : undefined,
    );
    if (inputs.mapPublicIpOnLaunch === true) await setMapPublicIp(id, true, context);
  },

  async read(id, _state, context) {
    const found = await describe(id, context);
    if (!found) return undefined;
    return {
      arn: found.SubnetArn ?? context.arn(`subnet/${id}`, found.OwnerId),
      availabilityZone: found.AvailabilityZone ?? null,
      availabilityZoneId: found.AvailabilityZoneId ?? null,
      cidrBlock: found.CidrBlock ?? null,
      mapPublicIpOnLaunch: found.MapPublicIpOnLaunch ?? false,
      ownerId: found.OwnerId ?? null,
      vpcId: found.VpcId ?? null,
      tagsAll: fromTags(found.Tags),
    };
  },

  async update(id, inputs, changes, context) {
    if (!changes.some(({ property }) => property === "mapPublicIpOnLaunch")) return;
    await setMapPublicIp(id, flag(inputs.mapPublicIpOnLaunch) ?? false, context);
  },

  async delete(id, _state, context) {
    await unlessGone(() => whileInUse(context.stop, () => context.ec2.deleteSubnet({ SubnetId: id })));
  },
};

const describe = (id: string, { ec2 }: AwsOperation) =>
  firstOf(async () => (await ec2.describeSubnets({ SubnetIds: [id] })).Subnets);

async function setMapPublicIp(id: string, value: boolean, context: AwsOperation) {
  await whileUnknown(context.stop, () =>
    context.ec2.modifySubnetAttribute({ SubnetId: id, MapPublicIpOnLaunch: { Value: value } }),
  );
  await until(`EC2 Subnet (${id}) to have mapPublicIpOnLaunch ${value}`, context.stop, async () =>
    (await describe(id, context))?.MapPublicIpOnLaunch === value ? true : undefined,
  );
}

import { hasCode } from "../errors";
import { common, tags, text, type AwsOperation, type AwsResourceType } from "../resource";
import { fromTags, tagSpecifications } from "../tags";
import { firstOf, unlessGone, until, whileInUse, whileUnknown } from "../waiting";

/** https://www.pulumi.com/registry/packages/aws/api-docs/ec2/internetgateway */
export const internetGateway: AwsResourceType = {
  title: "EC2 Internet Gateway",
  inputs: { ...common, ...tags, vpcId: { type: "string", computed: true } },
  outputs: ["arn", "ownerId"],

  async create(inputs, context, made) {
    const { InternetGateway } = await context.ec2.createInternetGateway({
      TagSpecifications: tagSpecifications("internet-gateway", inputs.tagsAll),
    });
    const id = InternetGateway?.InternetGatewayId ?? "";
    made(id);
    const vpcId = text(inputs.vpcId);
    if (vpcId !== undefined) await attach(id, vpcId, context);
  },

  async read(id, _state, context) {
    const found = await describe(id, context);
    if (!found) return undefined;
    return {
      arn: context.arn(`internet-gateway/${id}`, found.OwnerId),
      ownerId: found.OwnerId ?? null,
      // Empty, not absent, when somebody detached it: the program's VPC is then a difference.
      vpcId: found.Attachments?.[0]?.VpcId ?? "",
      tagsAll: fromTags(found.Tags),
    };
  },

  async update(id, inputs, changes, context) {
    if (!changes.some(({ property }) => property === "vpcId")) return;
    const attached = (await describe(id, context))?.Attachments?.[0]?.VpcId;
    if (attached !== undefined) await detach(id, attached, context);
    const vpcId = text(inputs.vpcId);
    if (vpcId !== undefined) await attach(id, vpcId, context);
  },

  async delete(id, _state, context) {
    const attached = (await describe(id, context))?.Attachments?.[0]?.VpcId;
    if (attached !== undefined) await detach(id, attached, context);
    await unlessGone(() =>
      whileInUse(context.stop, () => context.ec2.deleteInternetGateway({ InternetGatewayId: id })),
    );
  },
};

const describe = (id: string, { ec2 }: AwsOperation) =>
  firstOf(async () => (await ec2.describeInternetGateways({ InternetGatewayIds: [id] })).InternetGateways);

async function attach(id: string, vpcId: string, context: AwsOperation) {
  await whileUnknown(context.stop, () => context.ec2.attachInternetGateway({ InternetGatewayId: id, VpcId: vpcId }));
  await until(`EC2 Internet Gateway (${id}) to be attached to ${vpcId}`, context.stop, async () =>
    (await describe(id, context))?.Attachments?.some((each) => each.VpcId === vpcId) ? true : undefined,
  );
}

/** Refused while machines of the VPC have public addresses; they may be on their way out. */
async function detach(id: string, vpcId: string, context: AwsOperation) {
  try {
    await unlessGone(() =>
      whileInUse(context.stop, () => context.ec2.detachInternetGateway({ InternetGatewayId: id, VpcId: vpcId })),
    );
  } catch (error) {
    if (!hasCode(error, "Gateway.NotAttached")) throw error;
  }
}

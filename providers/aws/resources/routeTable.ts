import type { RouteTable } from "@aws-sdk/client-ec2";
import { common, given, tags, type AwsOperation, type AwsResourceType } from "../resource";
import { fromTags, tagSpecifications } from "../tags";
import { firstOf, unlessGone, whileInUse } from "../waiting";

/**
 * https://www.pulumi.com/registry/packages/aws/api-docs/ec2/routetable
 * Its routes are resources of their own here; the official provider can have them inline too.
 */
export const routeTable: AwsResourceType = {
  title: "EC2 Route Table",
  inputs: { ...common, ...tags, vpcId: { type: "string", required: true, replaces: true } },
  outputs: ["arn", "ownerId"],
  timeouts: { create: 300, update: 120, delete: 300 },

  async create(inputs, context, made) {
    const { RouteTable } = await context.ec2.createRouteTable({
      VpcId: given(inputs, "vpcId"),
      TagSpecifications: tagSpecifications("route-table", inputs.tagsAll),
    });
    made(RouteTable?.RouteTableId ?? "");
  },

  async read(id, _state, context) {
    const found = await describeRouteTable(id, context);
    if (!found) return undefined;
    return {
      arn: context.arn(`route-table/${id}`, found.OwnerId),
      ownerId: found.OwnerId ?? null,
      vpcId: found.VpcId ?? null,
      tagsAll: fromTags(found.Tags),
    };
  },

  async delete(id, _state, context) {
    const found = await describeRouteTable(id, context);
    // Associations that somebody made by hand would keep it.
    for (const { RouteTableAssociationId, Main } of found?.Associations ?? []) {
      if (Main) continue;
      await unlessGone(() => context.ec2.disassociateRouteTable({ AssociationId: RouteTableAssociationId }));
    }
    await unlessGone(() => whileInUse(context.stop, () => context.ec2.deleteRouteTable({ RouteTableId: id })));
  },
};

export const describeRouteTable = (id: string, { ec2 }: AwsOperation): Promise<RouteTable | undefined> =>
  firstOf(async () => (await ec2.describeRouteTables({ RouteTableIds: [id] })).RouteTables);

import { common, given, text, type AwsOperation, type AwsResourceType } from "../resource";
import { unlessGone, until, whileUnknown } from "../waiting";

/** https://www.pulumi.com/registry/packages/aws/api-docs/ec2/routetableassociation */
export const routeTableAssociation: AwsResourceType = {
  title: "EC2 Route Table Association",
  inputs: {
    ...common,
    routeTableId: { type: "string", required: true },
    subnetId: { type: "string", required: true, replaces: true },
  },
  outputs: [],
  timeouts: { create: 300, update: 120, delete: 300 },

  async create(inputs, context, made) {
    const request = { RouteTableId: given(inputs, "routeTableId"), SubnetId: given(inputs, "subnetId") };
    const { AssociationId } = await whileUnknown(context.stop, () => context.ec2.associateRouteTable(request));
    made(AssociationId ?? "");
    await isAssociated(AssociationId ?? "", request.RouteTableId, request.SubnetId, context);
  },

  async read(id, state, context) {
    const found = await find(id, text(state.subnetId), context);
    return found && { routeTableId: found.RouteTableId ?? "", subnetId: found.SubnetId ?? "" };
  },

  async update(id, inputs, changes, context) {
    if (!changes.some(({ property }) => property === "routeTableId")) return;
    const subnetId = given(inputs, "subnetId");
    const found = await find(id, subnetId, context);
    const RouteTableId = given(inputs, "routeTableId");
    const request = { AssociationId: found?.RouteTableAssociationId ?? id, RouteTableId };
    await context.ec2.replaceRouteTableAssociation(request);
    await isAssociated(id, RouteTableId, subnetId, context);
  },

  async delete(id, state, context) {
    const found = await find(id, text(state.subnetId), context);
    if (!found) return;
    await unlessGone(() => context.ec2.disassociateRouteTable({ AssociationId: found.RouteTableAssociationId }));
  },

  async import(written, context) {
    const [subnetId, routeTableId, more] = written.split("/");
    if (!subnetId || !routeTableId || more !== undefined) {
      throw new Error(`a route table association is imported as SUBNETID/ROUTETABLEID, found "${written}"`);
    }
    const found = await findOf(subnetId, context);
    if (found?.RouteTableId !== routeTableId) return undefined;
    return { id: found.RouteTableAssociationId ?? "", state: { subnetId, routeTableId } };
  },
};

/**
 * The subnet's association, whatever its id: AWS gives it a new id with every other route table, and the engine keeps
 * the first.
 */
async function find(id: string, subnetId: string | undefined, context: AwsOperation) {
  if (subnetId !== undefined) return findOf(subnetId, context);
  const Filters = [{ Name: "association.route-table-association-id", Values: [id] }];
  const { RouteTables } = await context.ec2.describeRouteTables({ Filters });
  const associations = RouteTables?.flatMap((table) => table.Associations ?? []);
  return associations?.find((each) => each.RouteTableAssociationId === id);
}

async function findOf(subnetId: string, { ec2 }: AwsOperation) {
  const Filters = [{ Name: "association.subnet-id", Values: [subnetId] }];
  const { RouteTables } = await ec2.describeRouteTables({ Filters });
  return RouteTables?.flatMap((table) => table.Associations ?? []).find((each) => each.SubnetId === subnetId);
}

async function isAssociated(id: string, routeTableId: string, subnetId: string, context: AwsOperation) {
  await until(`EC2 Route Table Association (${id}) to be associated`, context.stop, async () => {
    const found = await findOf(subnetId, context);
    const { State: state, StatusMessage: message } = found?.AssociationState ?? {};
    if (state === "failed") throw new Error(message ?? "the association failed");
    // Not every endpoint says the state.
    return found?.RouteTableId === routeTableId && (state ?? "associated") === "associated" ? true : undefined;
  });
}

import { crc32 } from "node:zlib";
import type { Failure, Properties } from "../../plugin/properties";
import { common, given, text, type AwsOperation, type AwsResourceType } from "../resource";
import { ipv4Network } from "../schema";
import { unlessGone, until, whileUnknown } from "../waiting";
import { describeRouteTable } from "./routeTable";

const targets = ["gatewayId", "networkInterfaceId"];

/** https://www.pulumi.com/registry/packages/aws/api-docs/ec2/route */
export const route: AwsResourceType = {
  title: "EC2 Route",
  inputs: {
    ...common,
    destinationCidrBlock: { type: "string", required: true, replaces: true, format: ipv4Network },
    gatewayId: { type: "string" },
    networkInterfaceId: { type: "string", computed: true },
    routeTableId: { type: "string", required: true, replaces: true },
  },
  outputs: ["instanceId", "instanceOwnerId", "origin", "state"],
  timeouts: { create: 300, update: 120, delete: 300 },

  validate(inputs): Failure[] {
    const count = targets.filter((name) => inputs[name] !== undefined && inputs[name] !== null).length;
    if (count === 1) return [];
    return [{ property: "gatewayId", reason: `One of '${targets.join("', '")}' must be given, found ${count}` }];
  },

  recomputed: () => ["instanceId", "instanceOwnerId", "networkInterfaceId", "state"],

  async create(inputs, context, made) {
    const request = requestOf(inputs);
    const { RouteTableId, DestinationCidrBlock } = request;
    await whileUnknown(context.stop, () => context.ec2.createRoute(request));
    made(routeId(RouteTableId, DestinationCidrBlock));
    await appears(RouteTableId, DestinationCidrBlock, context);
  },

  async read(_id, state, context) {
    const routeTableId = given(state, "routeTableId");
    const destination = given(state, "destinationCidrBlock");
    const found = await find(routeTableId, destination, context);
    if (!found) return undefined;
    return {
      routeTableId,
      destinationCidrBlock: destination,
      gatewayId: found.GatewayId ?? "",
      networkInterfaceId: found.NetworkInterfaceId ?? "",
      instanceId: found.InstanceId ?? "",
      instanceOwnerId: found.InstanceOwnerId ?? "",
      origin: found.Origin ?? "",
      state: found.State ?? "",
    };
  },

  async update(_id, inputs, changes, context) {
    if (!changes.some(({ property }) => targets.includes(property))) return;
    const request = requestOf(inputs);
    await context.ec2.replaceRoute(request);
    await appears(request.RouteTableId, request.DestinationCidrBlock, context);
  },

  async delete(_id, state, context) {
    const { RouteTableId, DestinationCidrBlock } = requestOf(state);
    await unlessGone(() => context.ec2.deleteRoute({ RouteTableId, DestinationCidrBlock }));
  },

  import(written) {
    const [routeTableId, destinationCidrBlock, more] = written.split("_");
    if (!routeTableId || !destinationCidrBlock || more !== undefined) {
      return Promise.reject(new Error(`a route is imported as ROUTETABLEID_DESTINATION, found "${written}"`));
    }
    const id = routeId(routeTableId, destinationCidrBlock);
    return Promise.resolve({ id, state: { routeTableId, destinationCidrBlock } });
  },
};

/** Terraform's id of a route: the table and a hash of the destination. */
function routeId(routeTableId: string, destination: string): string {
  return `r-${routeTableId}${crc32(destination)}`;
}

function requestOf(properties: Properties) {
  return {
    RouteTableId: given(properties, "routeTableId"),
    DestinationCidrBlock: given(properties, "destinationCidrBlock"),
    GatewayId: text(properties.gatewayId),
    NetworkInterfaceId: text(properties.networkInterfaceId),
  };
}

async function find(routeTableId: string, destination: string, context: AwsOperation) {
  const table = await describeRouteTable(routeTableId, context);
  return table?.Routes?.find((each) => each.DestinationCidrBlock === destination);
}

async function appears(routeTableId: string, destination: string, context: AwsOperation) {
  await until(`EC2 Route (${routeTableId}, ${destination}) to appear`, context.stop, async () => {
    const { State: state } = (await find(routeTableId, destination, context)) ?? {};
    return state === "active" || state === "blackhole" ? true : undefined;
  });
}

import { holds, parseCidrBlock } from "../core/cidr";
import { Ec2Error, invalidCombination, invalidParameterValue, missingParameter } from "../core/errors";
import { change, type Actions } from "../core/handlers";
import { find } from "../core/ids";
import type { RouteTable, State } from "../core/state";

interface Target {
  GatewayId?: string | undefined;
  InstanceId?: string | undefined;
  NetworkInterfaceId?: string | undefined;
}

const targets = { GatewayId: true, InstanceId: true, NetworkInterfaceId: true } as const;

export const routes: Actions = {
  CreateRoute: change({ RouteTableId: true, DestinationCidrBlock: true, ...targets }, (draft, input) => {
    const table = find("routeTable", draft, input.RouteTableId);
    const destination = readDestination(input);
    if (isLocal(input)) checkAgainstLocalRoute(draft, table, destination);
    const target = readTarget(draft, table, input);
    checkAgainstLocalRoute(draft, table, destination);
    const existing = table.routes.find((route) => route.destination === destination);
    if (existing !== undefined) {
      // The same route once more is answered as the first was.
      if (existing.target === target) return { Return: true };
      throw alreadyExists(destination);
    }
    const limit = draft.settings.routesPerTable;
    if (table.routes.length >= limit) {
      throw new Ec2Error(
        "RouteLimitExceeded",
        `The maximum number of routes has been reached: ${table.id} has ${table.routes.length} of ${limit}.`,
      );
    }
    table.routes.push({ destination, target });
    return { Return: true };
  }),

  ReplaceRoute: change(
    { RouteTableId: true, DestinationCidrBlock: true, LocalTarget: true, ...targets },
    (draft, input) => {
      const table = find("routeTable", draft, input.RouteTableId);
      const destination = readDestination(input);
      // The local route leads there already.
      if (isLocal(input) && destination === draft.vpcs[table.vpcId]?.cidr) return {};
      const target = readTarget(draft, table, input);
      checkAgainstLocalRoute(draft, table, destination);
      const route = table.routes.find((candidate) => candidate.destination === destination);
      if (route === undefined) {
        throw invalidParameterValue(
          `There is no route defined for '${destination}' in the route table. Use CreateRoute instead.`,
        );
      }
      route.target = target;
      return {};
    },
  ),

  DeleteRoute: change({ RouteTableId: true, DestinationCidrBlock: true }, (draft, input) => {
    const table = find("routeTable", draft, input.RouteTableId);
    const destination = readDestination(input);
    if (destination === draft.vpcs[table.vpcId]?.cidr) {
      throw invalidParameterValue(`cannot remove local route ${destination} in route table ${table.id}`);
    }
    const index = table.routes.findIndex((route) => route.destination === destination);
    if (index === -1) {
      throw new Ec2Error(
        "InvalidRoute.NotFound",
        `no route with destination-cidr-block ${destination} in route table ${table.id}`,
      );
    }
    table.routes.splice(index, 1);
    return {};
  }),
};

function alreadyExists(destination: string): Ec2Error {
  return new Ec2Error("RouteAlreadyExists", `The route identified by ${destination} already exists.`);
}

function readDestination({ DestinationCidrBlock: text }: { DestinationCidrBlock?: string | undefined }): string {
  if (text === undefined) throw missingParameter("destinationCidrBlock");
  return parseCidrBlock(text, "destinationCidrBlock").text;
}

/** As the local route is described, its target is a gateway of this name. */
const isLocal = (input: Target & { LocalTarget?: boolean | undefined }): boolean =>
  input.LocalTarget === true || input.GatewayId === "local";

/** The id of an internet gateway or a network interface in the table's VPC. An instance stands for its interface. */
function readTarget(state: State, table: RouteTable, input: Target & { LocalTarget?: boolean | undefined }): string {
  if (isLocal(input)) {
    throw invalidParameterValue("The target local is for the VPC's own CIDR block, and that route is always there.");
  }
  const { GatewayId: gatewayId, InstanceId: instanceId, NetworkInterfaceId: interfaceId } = input;
  const given = [gatewayId, instanceId, interfaceId].filter((target) => target !== undefined);
  if (given.length === 0) {
    throw missingParameter("gatewayId, instanceId or networkInterfaceId");
  }
  if (given.length > 1) throw invalidCombination("A route has exactly one target");
  if (gatewayId !== undefined) {
    const gateway = find("internetGateway", state, gatewayId);
    if (gateway.vpcId !== table.vpcId) throw differentNetworks(table, gateway.id);
    return gateway.id;
  }
  if (instanceId !== undefined) {
    const instance = find("instance", state, instanceId);
    if (instance.vpcId !== table.vpcId) throw differentNetworks(table, instance.id);
    if (state.networkInterfaces[instance.networkInterfaceId] === undefined) {
      throw new Ec2Error("InvalidInstanceID", `The instance '${instance.id}' has no network interface`);
    }
    return instance.networkInterfaceId;
  }
  const networkInterface = find("networkInterface", state, interfaceId);
  if (state.subnets[networkInterface.subnetId]?.vpcId !== table.vpcId) {
    throw differentNetworks(table, networkInterface.id);
  }
  return networkInterface.id;
}

function differentNetworks(table: RouteTable, target: string): Ec2Error {
  return invalidParameterValue(`route table ${table.id} and ${target} belong to different networks`);
}

function checkAgainstLocalRoute(state: State, table: RouteTable, destination: string): void {
  const cidr = state.vpcs[table.vpcId]?.cidr;
  if (cidr === undefined) return;
  if (cidr === destination) throw alreadyExists(destination);
  if (holds(parseCidrBlock(cidr, "cidrBlock"), parseCidrBlock(destination, "destinationCidrBlock"))) {
    // AWS lets a route to an appliance go before the local one for a whole subnet; the fabric here does not.
    throw invalidParameterValue(
      `The destination CIDR block ${destination} is equal to or more specific than one of this VPC's CIDR blocks. ` +
        `The embedded EC2 always routes it locally.`,
    );
  }
}

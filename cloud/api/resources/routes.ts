import { holds, parseCidr } from "../core/cidr";
import { Ec2Error, invalidCombination, invalidParameterValue, missingParameter, unsupported } from "../core/errors";
import type { Family } from "../core/handlers";
import { find } from "../core/ids";
import type { RouteTable, State } from "../core/state";

interface Destination {
  DestinationCidrBlock?: string | undefined;
  DestinationIpv6CidrBlock?: string | undefined;
  DestinationPrefixListId?: string | undefined;
}

interface Target {
  GatewayId?: string | undefined;
  InstanceId?: string | undefined;
  NetworkInterfaceId?: string | undefined;
  NatGatewayId?: string | undefined;
  TransitGatewayId?: string | undefined;
  VpcPeeringConnectionId?: string | undefined;
  EgressOnlyInternetGatewayId?: string | undefined;
  LocalGatewayId?: string | undefined;
  CarrierGatewayId?: string | undefined;
  CoreNetworkArn?: string | undefined;
  VpcEndpointId?: string | undefined;
}

const otherTargets = [
  "NatGatewayId",
  "TransitGatewayId",
  "VpcPeeringConnectionId",
  "EgressOnlyInternetGatewayId",
  "LocalGatewayId",
  "CarrierGatewayId",
  "CoreNetworkArn",
  "VpcEndpointId",
] as const;

export const routes: Family = {
  changes: {
    CreateRoute(draft, input) {
      const table = find("routeTable", draft.routeTables, input.RouteTableId ?? "");
      const destination = readDestination(input);
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
    },

    ReplaceRoute(draft, input) {
      const table = find("routeTable", draft.routeTables, input.RouteTableId ?? "");
      const destination = readDestination(input);
      if (input.LocalTarget === true) throw unsupported("The embedded EC2's local routes are not replaced.");
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

    DeleteRoute(draft, input) {
      const table = find("routeTable", draft.routeTables, input.RouteTableId ?? "");
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
    },
  },
};

function alreadyExists(destination: string): Ec2Error {
  return new Ec2Error("RouteAlreadyExists", `The route identified by ${destination} already exists.`);
}

function readDestination(input: Destination): string {
  if (input.DestinationIpv6CidrBlock !== undefined || input.DestinationPrefixListId !== undefined) {
    throw unsupported("The embedded EC2 routes IPv4 CIDR blocks only.");
  }
  if (input.DestinationCidrBlock === undefined) throw missingParameter("destinationCidrBlock");
  return parseCidr(input.DestinationCidrBlock, "destinationCidrBlock").text;
}

/** The id of an internet gateway or a network interface in the table's VPC. An instance stands for its interface. */
function readTarget(state: State, table: RouteTable, input: Target): string {
  const other = otherTargets.find((name) => input[name] !== undefined);
  if (other !== undefined) throw unsupported(`The embedded EC2 has no routes to a ${other}.`);
  const { GatewayId: gatewayId, InstanceId: instanceId, NetworkInterfaceId: interfaceId } = input;
  const given = [gatewayId, instanceId, interfaceId].filter((target) => target !== undefined);
  if (given.length === 0) {
    throw missingParameter("gatewayId, instanceId or networkInterfaceId");
  }
  if (given.length > 1) throw invalidCombination("A route has exactly one target");
  if (gatewayId !== undefined) {
    const gateway = find("internetGateway", state.internetGateways, gatewayId);
    if (gateway.vpcId !== table.vpcId) throw differentNetworks(table, gateway.id);
    return gateway.id;
  }
  if (instanceId !== undefined) {
    const instance = find("instance", state.instances, instanceId);
    if (instance.vpcId !== table.vpcId) throw differentNetworks(table, instance.id);
    if (state.networkInterfaces[instance.networkInterfaceId] === undefined) {
      throw new Ec2Error("InvalidInstanceID", `The instance '${instance.id}' has no network interface`);
    }
    return instance.networkInterfaceId;
  }
  const networkInterface = find("networkInterface", state.networkInterfaces, interfaceId ?? "");
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
  if (holds(parseCidr(cidr, "cidrBlock"), parseCidr(destination, "destinationCidrBlock"))) {
    // AWS lets a route to an appliance go before the local one for a whole subnet; the fabric here does not.
    throw invalidParameterValue(
      `The destination CIDR block ${destination} is equal to or more specific than one of this VPC's CIDR blocks. ` +
        `The embedded EC2 always routes it locally.`,
    );
  }
}

import type {
  InterfaceConfig,
  NetworkConfig,
  RouteConfig,
  SecurityGroupRuleConfig,
  VpcConfig,
} from "../fabric/network";
import type { NetworkInterface, Route, RouteTable, SecurityGroupRule, State, Vpc } from "./core/state";
import { tagsOf } from "./core/tags";
import { routeTableOf } from "./resources/routeTables";
import { liveTarget } from "./resources/routeTarget";

/** What `networkOf` looks at. */
const collections = [
  "vpcs",
  "subnets",
  "internetGateways",
  "routeTables",
  "securityGroups",
  "networkInterfaces",
  "instances",
  "tags",
] as const;

/** Whether nothing of what the fabric needs has changed; states share what has not. */
export function haveSameNetwork(before: State, after: State): boolean {
  return collections.every((name) => before[name] === after[name]);
}

/** What the fabric needs of the state. @param socket of an instance's VPC card. */
export function networkOf(state: State, socket: (instanceId: string) => string): NetworkConfig {
  return { vpcs: Object.values(state.vpcs).map((vpc) => vpcConfig(state, vpc, socket)) };
}

function vpcConfig(state: State, vpc: Vpc, socket: (instanceId: string) => string): VpcConfig {
  const subnets = Object.values(state.subnets).filter(({ vpcId }) => vpcId === vpc.id);
  const subnetIds = new Set(subnets.map(({ id }) => id));
  return {
    id: vpc.id,
    cidrs: [vpc.cidr],
    subnets: subnets.map((subnet) => ({
      id: subnet.id,
      cidr: subnet.cidr,
      routeTableId: routeTableOf(state, subnet)?.id ?? "",
    })),
    routeTables: Object.values(state.routeTables)
      .filter(({ vpcId }) => vpcId === vpc.id)
      .map((table) => ({ id: table.id, routes: table.routes.map((route) => routeConfig(state, table, route)) })),
    securityGroups: Object.values(state.securityGroups)
      .filter(({ vpcId }) => vpcId === vpc.id)
      .map(({ id, rules }) => ({
        id,
        ingress: rules.filter(({ egress }) => !egress).flatMap(ruleConfig),
        egress: rules.filter(({ egress }) => egress).flatMap(ruleConfig),
      })),
    interfaces: Object.values(state.networkInterfaces)
      .filter(({ subnetId }) => subnetIds.has(subnetId))
      .map((networkInterface) => interfaceConfig(state, networkInterface, socket)),
  };
}

function routeConfig(state: State, table: RouteTable, route: Route): RouteConfig {
  const { destination, target } = route;
  return { destination, target: liveTarget(state, table, route) ?? { kind: "blackhole", id: target } };
}

/** IPv6 rules mean nothing in a fabric without IPv6. */
function ruleConfig({ id, protocol, fromPort, toPort, peer }: SecurityGroupRule): SecurityGroupRuleConfig[] {
  if ("cidrIpv6" in peer) return [];
  return [{ id, protocol, fromPort, toPort, peer }];
}

function interfaceConfig(
  state: State,
  networkInterface: NetworkInterface,
  socket: (instanceId: string) => string,
): InterfaceConfig {
  const instance = state.instances[networkInterface.attachment?.instanceId ?? ""];
  const name = instance === undefined ? undefined : tagsOf(state, instance.id).find(({ key }) => key === "Name")?.value;
  const hasMachine = instance !== undefined && instance.state !== "stopped" && instance.state !== "terminated";
  return {
    id: networkInterface.id,
    subnetId: networkInterface.subnetId,
    mac: networkInterface.mac,
    addresses: networkInterface.addresses,
    securityGroupIds: networkInterface.groupIds,
    sourceDestCheck: networkInterface.sourceDestCheck,
    ...(instance === undefined ? {} : { instanceId: instance.id }),
    ...(name === undefined ? {} : { name }),
    ...(hasMachine ? { socket: socket(instance.id) } : {}),
  };
}

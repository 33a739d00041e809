import type { Route as SdkRoute } from "@aws-sdk/client-ec2";
import { accountId } from "../core/handlers";
import type { NetworkInterface, Route, RouteTable, State } from "../core/state";

/** What a route leads to; undefined for a blackhole: the target is gone, or what it belongs to does not work now. */
type LiveTarget =
  | { readonly kind: "internet-gateway"; readonly id: string }
  | { readonly kind: "interface"; readonly networkInterface: NetworkInterface };

export function liveTarget(state: State, table: RouteTable, route: Route): LiveTarget | undefined {
  const { target } = route;
  if (target.startsWith("igw-")) {
    return state.internetGateways[target]?.vpcId === table.vpcId ? { kind: "internet-gateway", id: target } : undefined;
  }
  const networkInterface = state.networkInterfaces[target];
  const instance = state.instances[networkInterface?.attachment?.instanceId ?? ""];
  const works = instance?.state === "running" || instance?.state === "pending";
  return networkInterface !== undefined && works ? { kind: "interface", networkInterface } : undefined;
}

/** The routes of a table as EC2 lists them, the local one first. */
export function describeRoutes(state: State, table: RouteTable): SdkRoute[] {
  const local: SdkRoute = {
    DestinationCidrBlock: state.vpcs[table.vpcId]?.cidr,
    GatewayId: "local",
    Origin: "CreateRouteTable",
    State: "active",
  };
  const others = table.routes.map((route): SdkRoute => {
    const attachment = state.networkInterfaces[route.target]?.attachment;
    return {
      DestinationCidrBlock: route.destination,
      Origin: "CreateRoute",
      State: liveTarget(state, table, route) === undefined ? "blackhole" : "active",
      ...(route.target.startsWith("igw-")
        ? { GatewayId: route.target }
        : {
            NetworkInterfaceId: route.target,
            ...(attachment === undefined ? {} : { InstanceId: attachment.instanceId, InstanceOwnerId: accountId }),
          }),
    };
  });
  return [local, ...others];
}

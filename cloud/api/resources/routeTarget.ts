import type { Route as SdkRoute } from "@aws-sdk/client-ec2";
import type { RouteConfig } from "../../fabric/network";
import { accountId } from "../core/handlers";
import type { Route, RouteTable, State } from "../core/state";

/** What a route leads to; undefined for a blackhole: the target is gone, or what it belongs to does not work now. */
export function liveTarget(state: State, table: RouteTable, { target: id }: Route): RouteConfig["target"] | undefined {
  if (id.startsWith("igw-")) {
    return state.internetGateways[id]?.vpcId === table.vpcId ? { kind: "internet-gateway", id } : undefined;
  }
  const instance = state.instances[state.networkInterfaces[id]?.attachment?.instanceId ?? ""];
  const works = instance?.state === "running" || instance?.state === "pending";
  return works ? { kind: "interface", id } : undefined;
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

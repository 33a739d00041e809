import * as pulumi from "@pulumi/pulumi";
import type { PodRoute } from "../plan/routes";
import { renderIpRoutes } from "../plan/routes";
import { cniDefaults } from "./cniFiles";
import { HostStep, type HostStepArgs } from "./HostStep";

export interface PodRoutesArgs extends HostStepArgs {
  /** The host's own IPv4 address on the network that the next hops are on. */
  readonly address: pulumi.Input<string>;
  /** The host's routes; `planRoutes` makes them for a whole lab. */
  readonly routes: pulumi.Input<readonly Pick<PodRoute, "destination" | "nextHop">[]>;
  /** The network of the host's own pods, which must be free of other routes as well. @default none */
  readonly podCidr?: pulumi.Input<string>;
  /**
   * The network that the pod CIDRs of all nodes are taken from, in which no route or network of others may be.
   *
   * @default not looked at
   */
  readonly clusterCidr?: pulumi.Input<string>;
  /** The bridge that these are on. @default cni0 */
  readonly bridge?: string;
}

export interface PodRouteFacts {
  readonly routes: readonly { readonly destination: string; readonly nextHop: string; readonly interface: string }[];
  /** What puts the routes back after a reboot. */
  readonly persistence: "networkd" | "unit";
}

/**
 * The `ip route` entries of one host to the pods of the others, now and after every reboot. Routes that are no longer
 * in the list are removed, all others on the host are left alone; deleting the component removes its routes. One
 * resource holds all routes of a host, so that n hosts need n resources and not n².
 *
 * Fails, before anything is written, when a next hop is not on a network of the host, or when something is in the way:
 * a network of the host that overlaps the pods', a route of somebody else's for some of them, a policy rule. The same
 * goes for networks and routes in the part of `clusterCidr` that no node has yet.
 */
export class PodRoutes extends HostStep<PodRouteFacts> {
  constructor(name: string, args: PodRoutesArgs, opts?: pulumi.ComponentResourceOptions) {
    super(
      "PodRoutes",
      name,
      {
        connection: args.connection,
        runAgain: args.runAgain,
        script: "50-pod-routes",
        undoScript: "50-pod-routes.undo",
        variables: {
          ADDRESS: args.address,
          POD_CIDR: args.podCidr ?? "",
          CLUSTER_CIDR: args.clusterCidr ?? "",
          BRIDGE: args.bridge ?? cniDefaults.bridge,
          ROUTES: pulumi.output(args.routes).apply(renderIpRoutes),
        },
      },
      opts,
    );
  }
}

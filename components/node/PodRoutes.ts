import * as pulumi from "@pulumi/pulumi";
import { renderIpRoutes } from "../plan/routes";
import { cniDefaults } from "./cniFiles";
import { runStep, visibleArgs, type HostStepArgs, type KnownArgs } from "./runStep";

/** One entry of a host's routing table: packets for `destination` go to `nextHop`. */
export interface HostRoute {
  /** Pod CIDR of another node, e.g. `10.200.1.0/24`. */
  readonly destination: pulumi.Input<string>;
  /** IPv4 address that the packets are sent to, e.g. `10.240.0.81`. */
  readonly nextHop: pulumi.Input<string>;
}

/** What puts routes back after a reboot. */
export const RoutePersistence = {
  /** A drop-in for the file by which systemd-networkd configures the network card. */
  Networkd: "networkd",
  /** A systemd unit. */
  Unit: "unit",
} as const;
export type RoutePersistence = (typeof RoutePersistence)[keyof typeof RoutePersistence];

export interface PodRoutesArgs extends HostStepArgs {
  /** The host's own IPv4 address on the network that the next hops are on. */
  readonly address: pulumi.Input<string>;
  /** The host's routes; `planRoutes` makes them for a whole lab. */
  readonly routes: pulumi.Input<pulumi.Input<HostRoute>[]>;
  /** The network of the host's own pods, which must be free of other routes as well. @default none */
  readonly podCidr?: pulumi.Input<string>;
  /**
   * The network that the pod CIDRs of all nodes are taken from, in which no route or network of others may be.
   *
   * @default not looked at
   */
  readonly clusterCidr?: pulumi.Input<string>;
  /** The bridge that these are on. @default cni0 */
  readonly bridge?: pulumi.Input<string>;
}

/** A route that a host has. */
export interface InstalledRoute {
  readonly destination: string;
  readonly nextHop: string;
  /** Network card that it leads out of. */
  readonly interface: string;
}

export interface PodRouteFacts {
  readonly routes: InstalledRoute[];
  /** What puts the routes back after a reboot. */
  readonly persistence: RoutePersistence;
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
export class PodRoutes extends pulumi.ComponentResource {
  /** What the step found and did. */
  readonly facts: pulumi.Output<PodRouteFacts>;

  constructor(name: string, args: PodRoutesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:index:PodRoutes", name, visibleArgs(args), opts);
    this.facts = runStep(
      this,
      name,
      args,
      { script: "50-pod-routes", undoScript: "50-pod-routes.undo", variables: routeVariables },
      opts,
    );
    this.registerOutputs();
  }
}

function routeVariables(args: KnownArgs<PodRoutesArgs>): Record<string, string> {
  return {
    ADDRESS: args.address,
    POD_CIDR: args.podCidr ?? "",
    CLUSTER_CIDR: args.clusterCidr ?? "",
    BRIDGE: args.bridge ?? cniDefaults.bridge,
    ROUTES: renderIpRoutes(args.routes),
  };
}

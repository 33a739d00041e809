import * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import { podRouteQuotaProblem } from "../plan/quota";
import { vpcOverlapProblem } from "../plan/network";
import type { PodNetwork } from "../plan/routes";
import { refuse } from "../shownError";
import type { PodSource } from "./securityGroup";

/** A node's pods, and the way to them. */
export interface VpcPodRoute extends PodSource {
  /** The node's network interface. */
  readonly networkInterfaceId: pulumi.Input<string>;
}

export interface VpcPodRoutesArgs {
  /**
   * The route tables of the nodes' subnets, by a stable key: it becomes part of resource names, so never renumber or
   * reuse it. The keys are plain: there is a route for each key and node.
   */
  readonly routeTableIds: Record<string, pulumi.Input<string>>;
  /**
   * Pod CIDR and network interface of each node; `planPodNetworks` makes the list for a whole lab. Plain but for the
   * values of a route: there is a route for each key and node.
   */
  readonly routes: VpcPodRoute[];
  /** IPv4 networks of the VPC; no pod CIDR may overlap one. */
  readonly vpcCidrs: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Routes that a table may hold. Plain, as otherRoutes is: the number of routes is checked before one is made.
   *
   * @default 500 (Amazon VPC quotas; 50 before 2025)
   */
  readonly routesPerTable?: number;
  /** Routes of each table besides these. @default 2: the VPC's own and the default route */
  readonly otherRoutes?: number;
}

/**
 * The pod routes of a lab in the VPC's route tables: in each table one per node, to the node's network interface. They
 * mirror the hosts' own `ip route` entries and come from the same plan. Between subnets packets depend on them alone.
 * The instances' source/destination check must be off. `customTimeouts` and `ignoreChanges` are those of each route.
 *
 * @throws pulumi.RunError before anything is made when a table could not hold the routes, or a pod CIDR overlaps the
 *   VPC.
 */
export class VpcPodRoutes extends pulumi.ComponentResource {
  /** What each of the tables holds. */
  readonly routes: pulumi.Output<PodNetwork[]>;

  constructor(name: string, args: VpcPodRoutesArgs, opts?: pulumi.ComponentResourceOptions) {
    refuse(podRouteQuotaProblem(args.routes.length, args.routesPerTable, args.otherRoutes));
    super("hardway:index:VpcPodRoutes", name, visible(args), opts);
    const podCidrs = args.routes.map(({ destination }) => destination);
    const checked = pulumi
      .all([args.vpcCidrs, pulumi.all(podCidrs)])
      .apply(([vpcCidrs, known]) => refuse(vpcOverlapProblem(known, vpcCidrs)));
    for (const [table, routeTableId] of Object.entries(args.routeTableIds)) {
      for (const { node, destination, networkInterfaceId } of args.routes) {
        new ec2.Route(
          `${name}-${table}-${node}`,
          {
            routeTableId,
            destinationCidrBlock: pulumi.all([destination, checked]).apply(([podCidr]) => podCidr),
            networkInterfaceId,
          },
          // A table holds one route to a destination, so the old one goes first.
          {
            parent: this,
            deleteBeforeReplace: true,
            ignoreChanges: opts?.ignoreChanges,
            customTimeouts: opts?.customTimeouts,
          },
        );
      }
    }
    this.routes = pulumi.output(args.routes.map(({ destination, node }) => ({ destination, node })));
    this.registerOutputs({ routes: this.routes });
  }
}

/**
 * What the state and policies see of the component itself. With the ids of other resources it would depend on each of
 * them, and all routes with it: to remove one machine and what depends on it would remove the routes to all.
 */
function visible({ routes, routeTableIds, ...args }: VpcPodRoutesArgs) {
  return {
    ...args,
    routeTables: Object.keys(routeTableIds),
    routes: routes.map(({ destination, node }) => ({ destination, node })),
  };
}

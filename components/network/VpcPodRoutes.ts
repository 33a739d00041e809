import * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import { podRouteQuotaProblem } from "../plan/quota";
import type { PodNetwork } from "../plan/routes";
import { vpcClash } from "../plan/network";
import { shownError } from "../shownError";

export interface VpcPodRoutesArgs {
  /**
   * The route tables of the nodes' subnets, by a stable key: it becomes part of resource names, so never renumber or
   * reuse it.
   */
  readonly routeTableIds: Readonly<Record<string, pulumi.Input<string>>>;
  /** Pod CIDR and network interface of each node; `planPodNetworks` makes the list for a whole lab. */
  readonly routes: readonly (PodNetwork & { readonly networkInterfaceId: pulumi.Input<string> })[];
  /** IPv4 networks of the VPC; no pod CIDR may overlap one. */
  readonly vpcCidrs: pulumi.Input<readonly string[]>;
  /** Routes that a table may hold. @default 500 (Amazon VPC quotas; 50 before 2025) */
  readonly routesPerTable?: number;
  /** Routes of each table besides these. @default 2: the VPC's own and the default route */
  readonly otherRoutes?: number;
}

/**
 * The pod routes of a lab in the VPC's route tables: in each table one per node, to the node's network interface. They
 * mirror the hosts' own `ip route` entries and come from the same plan. Between subnets packets depend on them alone.
 * The instances' source/destination check must be off.
 *
 * @throws pulumi.RunError before anything is made when a table could not hold the routes, or a pod CIDR overlaps the
 *   VPC.
 */
export class VpcPodRoutes extends pulumi.ComponentResource {
  /** What each of the tables holds. */
  readonly routes: pulumi.Output<readonly PodNetwork[]>;

  constructor(name: string, args: VpcPodRoutesArgs, opts?: pulumi.ComponentResourceOptions) {
    const problem = podRouteQuotaProblem(args.routes.length, args.routesPerTable, args.otherRoutes);
    if (problem !== undefined) throw shownError(problem);
    super("hardway:index:VpcPodRoutes", name, {}, opts);
    const podCidrs = args.routes.map(({ destination }) => destination);
    const checked = pulumi.output(args.vpcCidrs).apply((vpcCidrs) => {
      const clash = vpcClash(podCidrs, vpcCidrs);
      if (clash !== undefined) throw shownError(clash);
    });
    for (const [table, routeTableId] of Object.entries(args.routeTableIds)) {
      for (const { destination, node, networkInterfaceId } of args.routes) {
        new ec2.Route(
          `${name}-${table}-${node}`,
          {
            routeTableId,
            destinationCidrBlock: checked.apply(() => destination),
            networkInterfaceId,
          },
          // A table holds one route to a destination, so the old one goes first.
          { parent: this, deleteBeforeReplace: true },
        );
      }
    }
    this.routes = pulumi.output(args.routes.map(({ destination, node }) => ({ destination, node })));
    this.registerOutputs({ routes: this.routes });
  }
}

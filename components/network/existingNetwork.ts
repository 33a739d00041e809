import type * as pulumi from "@pulumi/pulumi";

/** An existing network. */
export interface ExistingNetwork {
  readonly vpcId: pulumi.Input<string>;
  /** One or more, at most one per availability zone makes sense. The list's length is plain: it decides `subnets`. */
  readonly subnetIds: pulumi.Input<string>[];
  /**
   * Route tables of these subnets, each once. Needed for more than one subnet. Plain: the ids are keys of
   * `routeTableIds`, and so part of resource names.
   *
   * @default the table that the one subnet is explicitly associated with
   */
  readonly routeTableIds?: string[];
}

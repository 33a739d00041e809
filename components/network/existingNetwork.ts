import type * as pulumi from "@pulumi/pulumi";

/** An existing network. */
export interface ExistingNetwork {
  readonly vpcId: pulumi.Input<string>;
  /** One or more, at most one per availability zone makes sense. The list's length is plain: it decides `subnets`. */
  readonly subnetIds: pulumi.Input<string>[];
  /**
   * Route tables of these subnets, each once. Needed for more than one subnet. The list's length is plain: there is a
   * key of `routeTableIds` for each, and with it a part of resource names. An id that is plain text is its own key; one
   * that is an output has its place in the list, so leave outputs where they are.
   *
   * @default the table that the one subnet is explicitly associated with
   */
  readonly routeTableIds?: pulumi.Input<string>[];
}

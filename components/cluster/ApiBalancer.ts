import * as pulumi from "@pulumi/pulumi";
import { visibleArgs, type KnownArgs } from "../node/runStep";
import { apiBalancerService, balancerAddress, balancerAuthority } from "./apiBalancerFiles";
import { runServices, type ClusterHostArgs, type CredentialStepArgs, type ProgramFacts } from "./runServices";
import type { ServiceFiles } from "./services";

export interface ApiBalancerArgs extends CredentialStepArgs {
  /** All controllers of the cluster, each with an API server at port 6443. */
  readonly controllers: pulumi.Input<pulumi.Input<ClusterHostArgs>[]>;
}

/**
 * The way of a worker's kubelet and kube-proxy to the API servers of several controllers: HAProxy of the distribution, on
 * loopback alone, which leads each connection to an API server that is ready. A cluster with one controller needs none.
 * An HAProxy that the host has already goes on beside it.
 *
 * `credentials` needs `ca.crt`. Fails, before anything is written, where port 6443 is taken, such as on a controller, or where
 * the package would take over the configuration of an HAProxy that is none; and where no API server is reached.
 */
export class ApiBalancer extends pulumi.ComponentResource {
  /** What the step found and did; the version is HAProxy's. */
  readonly facts: pulumi.Output<ProgramFacts>;
  /** Where kubelet and kube-proxy reach an API server, once this is there: they need it in `dependsOn`. */
  readonly server: pulumi.Output<string>;

  constructor(name: string, args: ApiBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:index:ApiBalancer", name, visibleArgs(args), opts);
    this.facts = runServices(
      this,
      name,
      args,
      {
        script: "65-api-balancer",
        services: servicesOf,
        releases: () => ({}),
        variables: () => ({ ADDRESS: balancerAddress, CA: balancerAuthority }),
      },
      opts,
    );
    // Known from the start, so that a preview shows what is rendered from it.
    this.server = pulumi.output(`https://${balancerAddress}`);
    this.registerOutputs();
  }
}

function servicesOf({ controllers }: KnownArgs<ApiBalancerArgs>): ServiceFiles {
  return { services: [apiBalancerService(controllers)] };
}

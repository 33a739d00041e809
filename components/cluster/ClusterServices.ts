import * as pulumi from "@pulumi/pulumi";
import { runStep, visibleArgs, type HostStepArgs, type KnownArgs } from "../node/runStep";
import { clusterDefaults } from "./clusterDefaults";
import { renderClusterObjects } from "./clusterObjects";
import { bootstrapKubeconfig } from "./controlPlaneFiles";

/** A Node that belongs to the cluster. */
export interface ClusterNodeArgs {
  readonly name: pulumi.Input<string>;
  /** Its pod CIDR. */
  readonly podCidr: pulumi.Input<string>;
}

export interface ClusterServicesArgs extends HostStepArgs {
  /** The cluster's Nodes and no others: one that is not on the list is drained and deleted. */
  readonly nodes: pulumi.Input<pulumi.Input<ClusterNodeArgs>[]>;
  /** IPv4 network of the Services; DNS has its tenth address. @default 10.32.0.0/24 */
  readonly serviceCidr?: pulumi.Input<string>;
  /** DNS domain of the Services. @default cluster.local */
  readonly clusterDomain?: pulumi.Input<string>;
  /** Image of CoreDNS. @default registry.k8s.io/coredns/coredns:v1.14.6 */
  readonly dnsImage?: pulumi.Input<string>;
  /** Those of each `ControlPlane`: objects that etcd has otherwise than they say now are written again. @default secrets */
  readonly encryptedResources?: pulumi.Input<pulumi.Input<string>[]>;
}

export interface ClusterFacts {
  /** How many Nodes are Ready. */
  readonly nodes: number;
}

/**
 * What a cluster itself holds: who may do what, which objects are encrypted, each Node's pod CIDR, and DNS by CoreDNS. Done from a controller, once all
 * Nodes are there; waits until they are Ready and DNS is available. A Node that is no longer wanted is drained first, so that
 * its pods go elsewhere.
 *
 * Fails where a Node is not there or has another pod CIDR, which cannot be changed, and where CoreDNS does not get to run.
 * Deleting it leaves the cluster as it is: its objects go with etcd.
 */
export class ClusterServices extends pulumi.ComponentResource {
  /** What the step found and did. */
  readonly facts: pulumi.Output<ClusterFacts>;

  constructor(name: string, args: ClusterServicesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:index:ClusterServices", name, visibleArgs(args), opts);
    this.facts = runStep(
      this,
      name,
      args,
      {
        script: "80-cluster-services",
        undoScript: "80-cluster-services.undo",
        variables: clusterVariables,
        timeoutSeconds: 1200,
      },
      opts,
    );
    this.registerOutputs();
  }
}

function clusterVariables(args: KnownArgs<ClusterServicesArgs>): Record<string, string> {
  const { nodes } = args;
  return {
    KUBECONFIG_FILE: bootstrapKubeconfig,
    MANIFESTS: renderClusterObjects({
      serviceCidr: args.serviceCidr ?? clusterDefaults.serviceCidr,
      clusterDomain: args.clusterDomain ?? clusterDefaults.clusterDomain,
      image: args.dnsImage ?? clusterDefaults.dnsImage,
    }),
    ENCRYPTED: (args.encryptedResources ?? clusterDefaults.encryptedResources).join("\n"),
    NODES: nodes.map(({ name, podCidr }) => `${name} ${podCidr}`).join("\n"),
  };
}

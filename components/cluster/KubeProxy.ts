import * as pulumi from "@pulumi/pulumi";
import { hostDefaults } from "../node/hostDefaults";
import { visibleArgs, type KnownArgs } from "../node/runStep";
import { apiServiceAddress } from "../plan/cluster";
import { clusterDefaults } from "./clusterDefaults";
import { kubeProxyPorts, kubeProxyService, type ProxyMode } from "./kubeProxyFiles";
import { runServices, type ClusterStepArgs, type ProgramFacts } from "./runServices";
import type { ServiceFiles } from "./services";

export interface KubeProxyArgs extends ClusterStepArgs {
  /** Name of the Node. */
  readonly name: pulumi.Input<string>;
  /** Where it reaches an API server, e.g. `https://10.240.0.10:6443`. */
  readonly server: pulumi.Input<string>;
  /** Holds every node's pod CIDR: what comes from elsewhere gets the Node's address. @default 10.200.0.0/16 */
  readonly clusterCidr?: pulumi.Input<string>;
  /** How the kernel leads to pods what is sent to a Service. @default iptables */
  readonly proxyMode?: pulumi.Input<ProxyMode>;
  /** Version of Kubernetes. @default 1.36.3 */
  readonly kubernetesVersion?: pulumi.Input<string>;
  /** IPv4 network of the Services. @default 10.32.0.0/24 */
  readonly serviceCidr?: pulumi.Input<string>;
}

/**
 * kube-proxy of a worker, by which what is sent to a Service's address reaches one of its pods. Deleting it removes its rules
 * from the kernel. What is sent to a port or an address that no Service has is refused, by a table of our own: kube-proxy
 * itself leaves it to the default route in mode iptables.
 *
 * `credentials` needs `ca.crt`, `kube-proxy.crt` and `kube-proxy.key`. Fails where the kernel does not get to lead the
 * Service `kubernetes` to an API server.
 */
export class KubeProxy extends pulumi.ComponentResource {
  /** What the step found and did. */
  readonly facts: pulumi.Output<ProgramFacts>;

  constructor(name: string, args: KubeProxyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:index:KubeProxy", name, visibleArgs(args), opts);
    this.facts = runServices(
      this,
      name,
      args,
      {
        script: "71-kube-proxy",
        services: servicesOf,
        releases: ({ kubernetesVersion = clusterDefaults.kubernetesVersion }) => ({ "kube-proxy": kubernetesVersion }),
        variables: proxyVariables,
      },
      opts,
    );
    this.registerOutputs();
  }
}

function servicesOf(args: KnownArgs<KubeProxyArgs>): ServiceFiles {
  const { name, server, clusterCidr = hostDefaults.clusterCidr, serviceCidr = clusterDefaults.serviceCidr } = args;
  const { proxyMode: mode = clusterDefaults.proxyMode } = args;
  return { services: [kubeProxyService({ name, server, clusterCidr, serviceCidr, mode })] };
}

function proxyVariables(args: KnownArgs<KubeProxyArgs>): Record<string, string> {
  const { proxyMode = clusterDefaults.proxyMode, serviceCidr = clusterDefaults.serviceCidr } = args;
  return {
    MODE: proxyMode,
    SERVICE_CIDR: serviceCidr,
    API_SERVICE: apiServiceAddress(serviceCidr),
    HEALTH_PORT: String(kubeProxyPorts.health),
    METRICS_PORT: String(kubeProxyPorts.metrics),
  };
}

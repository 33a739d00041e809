import * as pulumi from "@pulumi/pulumi";
import { hostDefaults } from "../node/hostDefaults";
import { kubeletSysctls, sysctlLines } from "../node/kernelFiles";
import { visibleArgs, type KnownArgs } from "../node/runStep";
import type { CgroupDriver } from "../node/runtime/runtimeSettings";
import { runtimeDefaults, runtimeOf } from "../node/runtime/runtimes";
import { clusterDefaults } from "./clusterDefaults";
import { kubeletDropIns, kubeletFolder, kubeletPorts, kubeletService } from "./kubeletFiles";
import { localImage, localImageName, type LocalImage } from "./localImage";
import { runServices, type ClusterStepArgs, type ProgramFacts } from "./runServices";
import type { ServiceFiles } from "./services";

export interface KubeletArgs extends ClusterStepArgs {
  /** Name of the Node; the certificate's user is `system:node:` and this name. */
  readonly name: pulumi.Input<string>;
  /** The Node's IPv4 address on the network that the hosts share. */
  readonly address: pulumi.Input<string>;
  /** The Node's pod CIDR. */
  readonly podCidr: pulumi.Input<string>;
  /** Where it reaches an API server, e.g. `https://10.240.0.10:6443`. */
  readonly server: pulumi.Input<string>;
  /** CRI endpoint of the container runtime, or the path of its socket. @default /run/containerd/containerd.sock */
  readonly runtimeEndpoint?: pulumi.Input<string>;
  /** Who manages the containers' cgroups; must be the runtime's too. @default systemd */
  readonly cgroupDriver?: pulumi.Input<CgroupDriver>;
  /** Version of Kubernetes. @default 1.36.3 */
  readonly kubernetesVersion?: pulumi.Input<string>;
  /** IPv4 network of the Services; DNS has its tenth address. @default 10.32.0.0/24 */
  readonly serviceCidr?: pulumi.Input<string>;
  /** DNS domain of the Services. @default cluster.local */
  readonly clusterDomain?: pulumi.Input<string>;
  /**
   * Whether pods that name no seccomp profile get the runtime's own (`RuntimeDefault`) instead of none. Pods that run keep
   * what they have.
   *
   * @default false
   */
  readonly seccompDefault?: pulumi.Input<boolean>;
  /**
   * Images that no registry has, to import into the runtime from the mirror, e.g. `hardway.local/coredns:1.14.6`.
   *
   * @default none
   */
  readonly images?: pulumi.Input<pulumi.Input<string>[]>;
}

/**
 * The kubelet of a worker, which registers its Node and runs its pods, crictl, and images of the mirror. Deleting it removes
 * the pods of this host and all that the kubelet made, so it has to go before the runtime and the pod network.
 *
 * `credentials` needs `ca.crt`, `kubelet.crt` and `kubelet.key`. The host needs the sysctls vm.overcommit_memory=1,
 * vm.panic_on_oom=0, kernel.panic=10, kernel.panic_on_oops=1, kernel.keys.root_maxkeys=1000000 and
 * kernel.keys.root_maxbytes=25000000, which `KernelPrep` sets as `extraSysctls` and gives back. Fails, before anything is
 * written, where it lacks one, a port is taken, swap is on or cgroups are of version 1; and where the API server does not
 * get to have the Node.
 */
export class Kubelet extends pulumi.ComponentResource {
  /** What the step found and did. */
  readonly facts: pulumi.Output<ProgramFacts>;

  constructor(name: string, args: KubeletArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:index:Kubelet", name, visibleArgs(args), opts);
    this.facts = runServices(
      this,
      name,
      args,
      {
        script: "70-kubelet",
        services: servicesOf,
        releases: (known) => ({
          kubelet: known.kubernetesVersion ?? clusterDefaults.kubernetesVersion,
          crictl: "",
          ...Object.fromEntries(imagesOf(known).map(({ name, version }) => [name, version])),
        }),
        variables: kubeletVariables,
      },
      opts,
    );
    this.registerOutputs();
  }
}

function servicesOf(args: KnownArgs<KubeletArgs>): ServiceFiles {
  const { name, address, podCidr, server, cgroupDriver = runtimeDefaults.cgroupDriver } = args;
  const { serviceCidr = clusterDefaults.serviceCidr, clusterDomain = clusterDefaults.clusterDomain } = args;
  return {
    services: [
      kubeletService({
        ...{ name, address, podCidr, server, serviceCidr, clusterDomain, cgroupDriver },
        runtimeEndpoint: endpointOf(args),
        seccompDefault: args.seccompDefault ?? clusterDefaults.seccompDefault,
      }),
    ],
  };
}

/** Components of runtimes have the path of their socket; the kubelet and crictl want a URL. */
function endpointOf({ runtimeEndpoint = runtimeOf(hostDefaults.runtime).socket }: KnownArgs<KubeletArgs>): string {
  return runtimeEndpoint.startsWith("/") ? `unix://${runtimeEndpoint}` : runtimeEndpoint;
}

function kubeletVariables(args: KnownArgs<KubeletArgs>): Record<string, string> {
  return {
    SYSCTLS: sysctlLines(kubeletSysctls),
    IMAGES: imagesOf(args)
      .map(({ name, version }) => `${localImageName(name, version)} ${name}`)
      .join("\n"),
    NODE: args.name,
    SERVER: args.server,
    FOLDER: kubeletFolder,
    DROP_INS: kubeletDropIns,
    SOCKET: endpointOf(args),
    API_PORT: String(kubeletPorts.api),
    HEALTH_PORT: String(kubeletPorts.health),
  };
}

function imagesOf({ images = [] }: KnownArgs<KubeletArgs>): LocalImage[] {
  return images.map((image) => {
    const known = localImage(image);
    if (known === undefined)
      throw new Error(`images has ${image}, which is no image of a mirror; runtimes pull others`);
    return known;
  });
}

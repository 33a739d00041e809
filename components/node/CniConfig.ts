import * as pulumi from "@pulumi/pulumi";
import { addressOutside } from "../plan/cidr";
import { shownError } from "../shownError";
import { hostDefaults } from "./hostDefaults";
import { runStep, visibleArgs, type HostStepArgs, type KnownArgs } from "./runStep";
import { artifactLines } from "./runtime/artifacts/hostArtifacts";
import { cniArtifacts } from "./runtime/artifacts/settingsArtifacts";
import type { ProgramSource } from "./runtime/runtimeArgs";
import { withDefaults } from "./runtime/runtimes";
import {
  cniDefaults,
  cniFileNames,
  cniPackages,
  cniPlugins,
  kernelMtu,
  mtuProblem,
  renderBridgeConf,
  renderLoopbackConf,
  renderNetwork,
  type Masquerade,
} from "./cniFiles";

export interface CniConfigArgs extends HostStepArgs {
  /** The node's pods get their addresses from here, e.g. `10.200.0.0/24`. */
  readonly podCidr: pulumi.Input<string>;
  /** Holds every node's pod CIDR. @default 10.200.0.0/16 */
  readonly clusterCidr?: pulumi.Input<string>;
  /**
   * Who is seen as the sender when a pod's packet leaves its node: `bridge` by the bridge plugin's `ipMasq`,
   * `outsideCluster` by a rule of our own.
   *
   * @default bridge
   */
  readonly masquerade?: pulumi.Input<Masquerade>;
  /** Whether a pod reaches itself by a Service's address, which takes a cluster to have any. @default false */
  readonly hairpinMode?: pulumi.Input<boolean>;
  /**
   * MTU of the bridge and of each pod's interface, in bytes, at most that of the network card towards `peer`. 0 leaves it
   * to the kernel, which gives 1500. Pods keep the one that they were made with, so it changes only while there are none.
   *
   * @default 0
   */
  readonly mtu?: pulumi.Input<number>;
  /**
   * Address of another host of the cluster. By the network card towards it, a packet of a pod is tried on the way out
   * and one on the way in, which end before they would leave the host. @default the card of the default route
   */
  readonly peer?: pulumi.Input<string>;
  /** Name of the bridge on the host. @default cni0 */
  readonly bridge?: pulumi.Input<string>;
  /** Folder of the plugins. @default /opt/cni/bin */
  readonly cniBinDir?: pulumi.Input<string>;
  /** Folder of the network's configuration. @default /etc/cni/net.d */
  readonly cniConfDir?: pulumi.Input<string>;
  /** Where the plugins come from: the distribution's package, or the project's archive. @default the package */
  readonly source?: pulumi.Input<ProgramSource>;
}

export interface CniFacts {
  /** Version of each plugin as it reports itself. */
  readonly plugins: Readonly<Record<string, string>>;
  readonly masquerade: Masquerade;
}

/**
 * The pod network of a node: the plugins bridge, host-local, loopback and portmap, `10-bridge.conflist` with the node's
 * pod CIDR, and `99-loopback.conf`. Deleting it removes them. The list has the bridge plugin, and portmap after it for
 * pods with host ports. A `10-bridge.conf` that was there would be taken first; it is moved away, and comes back when
 * this is deleted.
 *
 * Fails when another product's configuration would come first, since a runtime takes the first file by name; when pods
 * would have a larger MTU than the card that their packets leave by, or another than those that are there; and when a
 * firewall of any kind drops the packets of a pod, with the chain that does so and what lets them through, also after a
 * reboot.
 */
export class CniConfig extends pulumi.ComponentResource {
  /** What the step found and did. */
  readonly facts: pulumi.Output<CniFacts>;

  constructor(name: string, args: CniConfigArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:index:CniConfig", name, visibleArgs(args), opts);
    this.facts = runStep(
      this,
      name,
      args,
      {
        script: "40-cni-config",
        undoScript: "40-cni-config.undo",
        variables: cniVariables,
        timeoutSeconds: 600, // packages come over the network
      },
      opts,
    );
    this.registerOutputs();
  }
}

function cniVariables(args: KnownArgs<CniConfigArgs>): Record<string, string> {
  const { podCidr, bridge = cniDefaults.bridge } = args;
  const { masquerade = hostDefaults.masquerade, clusterCidr = hostDefaults.clusterCidr } = args;
  const source = withDefaults(args.source ?? {});
  const { hairpinMode = false, mtu = hostDefaults.podMtu } = args;
  const problem = mtuProblem(mtu);
  if (problem !== undefined) throw shownError(`CniConfig cannot be made: mtu ${problem}; got ${mtu}`);
  const network = { bridge, podCidr, masquerade, hairpinMode, mtu };
  return {
    CNI_BIN_DIR: args.cniBinDir ?? cniDefaults.binDir,
    CNI_CONF_DIR: args.cniConfDir ?? cniDefaults.confDir,
    PLUGINS: cniPlugins.join(" "),
    PACKAGES: cniPackages(source).join(" "),
    BRIDGE: bridge,
    POD_CIDR: podCidr,
    CLUSTER_CIDR: clusterCidr,
    MASQUERADE: masquerade,
    MTU: mtu === 0 ? "" : String(mtu),
    KERNEL_MTU: String(kernelMtu),
    PEER: args.peer ?? "",
    FAR_POD: addressOutside(clusterCidr, podCidr),
    NETWORK_FILE: cniFileNames.network,
    NETWORK: renderNetwork(network),
    BRIDGE_CONF: renderBridgeConf(network),
    LOOPBACK_CONF: renderLoopbackConf(),
    ARTIFACTS: artifactLines(cniArtifacts(source)),
  };
}

import * as pulumi from "@pulumi/pulumi";
import { addressOutside } from "../plan/cidr";
import { HostStep, type HostStepArgs } from "./HostStep";
import { artifactLines } from "./runtime/artifacts/hostArtifacts";
import { cniArtifacts } from "./runtime/artifacts/settingsArtifacts";
import type { SourceSettings } from "./runtime/artifacts/sources";
import {
  cniDefaults,
  cniFileNames,
  cniPackages,
  cniPlugins,
  renderBridgeConf,
  renderLoopbackConf,
  renderNetwork,
  type Masquerade,
} from "./cniFiles";

export interface CniConfigArgs extends HostStepArgs {
  /** The node's pods get their addresses from here, e.g. `10.200.0.0/24`. */
  readonly podCidr: pulumi.Input<string>;
  /** Holds every node's pod CIDR. @default 10.200.0.0/16 */
  readonly clusterCidr?: string;
  /**
   * Who is seen as the sender when a pod's packet leaves its node.
   *
   * - `bridge`: the node, for every destination outside the node's own pod CIDR (the bridge plugin's `ipMasq`).
   *   Pods of other nodes see the node's address too.
   * - `outsideCluster`: the pod inside the cluster CIDR, the node everywhere else; by a rule of our own.
   * - `none`: always the pod.
   *
   * @default bridge
   */
  readonly masquerade?: Masquerade;
  /**
   * Address of another host of the cluster. By the network card towards it, a packet of a pod is tried on the way out
   * and one on the way in, which end before they would leave the host. @default the card of the default route
   */
  readonly peer?: pulumi.Input<string>;
  /** Name of the bridge on the host. @default cni0 */
  readonly bridge?: string;
  /** @default /opt/cni/bin */
  readonly cniBinDir?: string;
  /** @default /etc/cni/net.d */
  readonly cniConfDir?: string;
  /** Where the plugins come from: the distribution's package, or the project's archive. @default the package */
  readonly source?: SourceSettings;
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
 * Fails when another product's configuration would come first, since a runtime takes the first file by name; and when a
 * firewall of any kind drops the packets of a pod, with the chain that does so and what lets them through, also after a
 * reboot.
 */
export class CniConfig extends HostStep<CniFacts> {
  constructor(name: string, args: CniConfigArgs, opts?: pulumi.ComponentResourceOptions) {
    const bridge = args.bridge ?? cniDefaults.bridge;
    const masquerade = args.masquerade ?? "bridge";
    const clusterCidr = args.clusterCidr ?? "10.200.0.0/16";
    const network = pulumi.output(args.podCidr).apply((podCidr) => ({ bridge, podCidr, masquerade }));
    super(
      "CniConfig",
      name,
      {
        connection: args.connection,
        runAgain: args.runAgain,
        script: "40-cni-config",
        undoScript: "40-cni-config.undo",
        variables: {
          CNI_BIN_DIR: args.cniBinDir ?? cniDefaults.binDir,
          CNI_CONF_DIR: args.cniConfDir ?? cniDefaults.confDir,
          PLUGINS: cniPlugins.join(" "),
          PACKAGES: cniPackages(args.source).join(" "),
          BRIDGE: bridge,
          POD_CIDR: args.podCidr,
          CLUSTER_CIDR: clusterCidr,
          MASQUERADE: masquerade,
          PEER: args.peer ?? "",
          FAR_POD: network.apply(({ podCidr }) => addressOutside(clusterCidr, podCidr)),
          NETWORK_FILE: cniFileNames.network,
          NETWORK: network.apply(renderNetwork),
          BRIDGE_CONF: network.apply(renderBridgeConf),
          LOOPBACK_CONF: renderLoopbackConf(),
          ARTIFACTS: artifactLines(args.source === undefined ? [] : cniArtifacts(args.source)),
        },
        timeoutSeconds: 600, // packages come over the network
      },
      opts,
    );
  }
}

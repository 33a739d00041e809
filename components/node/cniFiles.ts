import { renderJson } from "./ownedFiles";
import { isPackaged, type SourceSettings } from "./runtime/artifacts/sources";

/** Where runtimes look for CNI plugins and their configuration by default, and the name of the bridge. */
export const cniDefaults = { binDir: "/opt/cni/bin", confDir: "/etc/cni/net.d", bridge: "cni0" } as const;

/** MTU of a new bridge or veth, in bytes, where the plugin sets none (Linux, ETH_DATA_LEN in if_ether.h). */
export const kernelMtu = 1500;

/** What IPv6 asks of every network (RFC 8200, section 5); the kernel turns it off on an interface with less. */
const smallestMtu = 1280;

/** Says why it cannot be the MTU of pods. @param bytes 0 for the kernel's own */
export function mtuProblem(bytes: number): string | undefined {
  if (bytes === 0 || (Number.isInteger(bytes) && bytes >= smallestMtu && bytes <= 65535)) return undefined;
  return `must be 0, for the kernel's own, or from ${smallestMtu} to 65535 bytes`;
}

/** Who is seen as the sender when a pod's packet leaves its node. */
export const Masquerade = {
  /** The node, for every destination outside the node's own pod CIDR. Pods of other nodes see the node's address too. */
  Bridge: "bridge",
  /** The pod inside the cluster CIDR, the node everywhere else. */
  OutsideCluster: "outsideCluster",
  /** Always the pod. */
  None: "none",
} as const;
export type Masquerade = (typeof Masquerade)[keyof typeof Masquerade];

/** Plugins that the configuration below calls. */
export const cniPlugins = ["bridge", "host-local", "loopback", "portmap"] as const;

/**
 * The distribution's packages that a pod network needs: iptables for the plugins, nftables for masquerading outside of
 * the cluster and to see what firewalls do, and the plugins, unless they come from their project.
 */
export function cniPackages(source?: SourceSettings): string[] {
  const packages = ["iptables", "nftables"];
  return source === undefined || isPackaged(source) ? ["containernetworking-plugins", ...packages] : packages;
}

/** Names of the files in the CNI configuration folder. A runtime takes the pods' network from the first. */
export const cniFileNames = { network: "10-bridge.conflist", loopback: "99-loopback.conf" } as const;

export interface BridgeConf {
  /** Name of the bridge on the host, at most 15 characters (IFNAMSIZ). */
  readonly bridge: string;
  readonly podCidr: string;
  readonly masquerade: Masquerade;
  /** @default false */
  readonly hairpinMode?: boolean;
  /** In bytes; 0 leaves it to the kernel. @default 0 */
  readonly mtu?: number;
}

const cniVersion = "1.0.0";
const name = "bridge";

/** The bridge plugin's part (cni.dev/plugins/current/main/bridge). */
function bridgePlugin(conf: BridgeConf) {
  return {
    type: "bridge",
    bridge: conf.bridge,
    isGateway: true,
    // The plugin masquerades whatever leaves the node's own subnet, also towards pods of other nodes.
    ipMasq: conf.masquerade === "bridge",
    // Else the bridge drops what a pod sends to itself by a Service's address: it would leave by the port by which it came.
    ...(conf.hairpinMode ? { hairpinMode: true } : {}),
    ...(conf.mtu ? { mtu: conf.mtu } : {}),
    ipam: {
      type: "host-local",
      ranges: [[{ subnet: conf.podCidr }]],
      routes: [{ dst: "0.0.0.0/0" }],
    },
  };
}

/**
 * `10-bridge.conflist`: the bridge plugin, and portmap after it for pods with host ports. Only a list can chain
 * plugins, and libcni reads a list only from a file that ends in `.conflist`.
 */
export function renderNetwork(conf: BridgeConf): string {
  const portmap = { type: "portmap", capabilities: { portMappings: true } };
  return renderJson({ cniVersion, name, plugins: [bridgePlugin(conf), portmap] });
}

/** What a runtime passes to the bridge plugin of that list, for calling the plugin by hand. */
export function renderBridgeConf(conf: BridgeConf): string {
  return renderJson({ cniVersion, name, ...bridgePlugin(conf) });
}

/**
 * `99-loopback.conf`, for people: the runtimes bring `lo` up by themselves, and take only the first file as the pod
 * network. cniVersion 1.0.0, because plugins before 1.6.0 (Debian 13 has 1.1.1) refuse 1.1.0.
 */
export function renderLoopbackConf(): string {
  return renderJson({ cniVersion, name: "lo", type: "loopback" });
}

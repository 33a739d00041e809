import type { Masquerade } from "../plan/labPlan";
import { isPackaged, type SourceSettings } from "./runtime/artifacts/sources";

/** Plugins that the configuration below calls. */
export const cniPlugins = ["bridge", "host-local", "loopback", "portmap"] as const;

/**
 * The distribution's packages that a pod network needs: iptables for the plugins, nftables for masquerading outside of the cluster
 * and to see what firewalls do, and the plugins, unless they come from their project.
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
}

const cniVersion = "1.0.0";
const name = "bridge";

/** What the bridge plugin does, as in `10-bridge.conf` of seed document 001. */
function bridgePlugin(conf: BridgeConf) {
  return {
    type: "bridge",
    bridge: conf.bridge,
    isGateway: true,
    // The plugin masquerades whatever leaves the node's own subnet, also towards pods of other nodes.
    ipMasq: conf.masquerade === "bridge",
    ipam: {
      type: "host-local",
      ranges: [[{ subnet: conf.podCidr }]],
      routes: [{ dst: "0.0.0.0/0" }],
    },
  };
}

/**
 * `10-bridge.conflist`: what the documents have in `10-bridge.conf`, and portmap after it for pods with host ports. Plugins
 * can be chained in a list only, and libcni reads a list only from a file that ends in `.conflist`.
 */
export function renderNetwork(conf: BridgeConf): string {
  const portmap = { type: "portmap", capabilities: { portMappings: true } };
  return json({ cniVersion, name, plugins: [bridgePlugin(conf), portmap] });
}

/** What a runtime hands the bridge plugin of that list: the file of the documents, for calling the plugin by hand. */
export function renderBridgeConf(conf: BridgeConf): string {
  return json({ cniVersion, name, ...bridgePlugin(conf) });
}

/**
 * `99-loopback.conf`. The runtimes bring `lo` up by the plugin of that name on their own and take only the first
 * file as the pod network, so this one documents the step. The documents say cniVersion 1.1.0, which plugins before
 * 1.4 (Debian 13 has 1.1.1) refuse; 1.0.0 says the same to every plugin since 1.0.
 */
export function renderLoopbackConf(): string {
  return json({ cniVersion, name: "lo", type: "loopback" });
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

import type { Masquerade } from "../plan/labPlan";

/** Plugins that the configuration below uses; portmap comes along for pods with host ports. */
export const cniPlugins = ["bridge", "host-local", "loopback", "portmap"] as const;

export interface BridgeConf {
  /** Name of the bridge on the host, at most 15 characters (IFNAMSIZ). */
  readonly bridge: string;
  readonly podCidr: string;
  readonly masquerade: Masquerade;
}

/** `10-bridge.conf` as in seed document 001; JSON, the only form that libcni reads. */
export function renderBridgeConf(conf: BridgeConf): string {
  return json({
    cniVersion: "1.0.0",
    name: "bridge",
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
  });
}

/**
 * `99-loopback.conf`. The runtimes bring `lo` up by the plugin of that name on their own and take only the first
 * file as the pod network, so this one documents the step. The documents say cniVersion 1.1.0, which plugins before
 * 1.4 (Debian 13 has 1.1.1) refuse; 1.0.0 says the same to every plugin since 1.0.
 */
export function renderLoopbackConf(): string {
  return json({ cniVersion: "1.0.0", name: "lo", type: "loopback" });
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

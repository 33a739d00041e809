import { parseJson } from "../verify/cluster/json";
import { at } from "../verify/runtimes/judge";

/** A pod as the CNI plugin connected it. */
export interface ConnectedPod {
  readonly address: string;
  /** Path of its network namespace. */
  readonly path: string;
  /** The end of its cable on the host. */
  readonly veth: string;
}

interface Result {
  readonly interfaces?: readonly { readonly name: string; readonly sandbox?: string }[];
  readonly ips?: readonly { readonly address: string }[];
}

/**
 * Reads what a plugin answered to ADD (CNI specification, "Success"), or libcni's record of it, which has that as `result`.
 *
 * @returns undefined for anything else
 */
export function connectedPod(text: string, bridge: string): ConnectedPod | undefined {
  const parsed = parseJson(text);
  const { interfaces = [], ips = [] } = (at(parsed, "result") ?? parsed ?? {}) as Result;
  const path = interfaces.find(({ sandbox = "" }) => sandbox !== "")?.sandbox;
  const veth = interfaces.find(({ name, sandbox = "" }) => sandbox === "" && name !== bridge)?.name;
  const address = ips[0]?.address.replace(/\/.*/, "");
  return path === undefined || veth === undefined || address === undefined ? undefined : { address, path, veth };
}

/**
 * Devices of a host on which packets are looked at: all but its loopback and other pods' cables. A host that is a container itself
 * has such a cable as its card, which is in no bridge.
 *
 * @param links as `ip -j link show` has them @param veths the same, of that type alone
 */
export function watchedDevices(links: string, veths: string, own: readonly string[]): string[] {
  interface Link {
    readonly ifname?: string;
    readonly master?: string;
  }
  const all = (text: string) => (parseJson(text) ?? []) as Link[];
  const cables = new Set(all(veths).flatMap(({ ifname, master }) => (master === undefined ? [] : [ifname])));
  const names = all(links).flatMap(({ ifname }) =>
    ifname === undefined || ifname === "lo" || cables.has(ifname) ? [] : [ifname],
  );
  return [...names, ...own];
}

/** The default gateway in `ip -j route show default`. */
export function gatewayIn(text: string): string | undefined {
  return ((parseJson(text) ?? []) as { gateway?: string }[]).find(({ gateway }) => gateway !== undefined)?.gateway;
}

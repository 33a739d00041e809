import type { Host } from "../host";
import { nthSubnet, overlaps, parseCidr, subnetCount } from "./cidr";

/** What deciding on pod CIDRs needs to know of a host. */
export type PodCidrHost = Pick<Host, "name" | "role" | "podCidr">;

/**
 * The pod CIDR of every worker by name: its own where it has one, else the next free network of the cluster CIDR in
 * the order of the list, so that the first worker gets `10.200.0.0/24`.
 *
 * @throws RangeError when the cluster CIDR has no room for another worker.
 */
export function planPodCidrs(
  hosts: readonly PodCidrHost[],
  clusterCidr: string,
  podCidrPrefix: number,
): Map<string, string> {
  const cluster = parseCidr(clusterCidr);
  const workers = hosts.filter((host) => host.role === "worker");
  const taken = workers.flatMap((host) => (host.podCidr === undefined ? [] : [parseCidr(host.podCidr)]));
  const size = subnetCount(cluster, podCidrPrefix);
  let next = 0;
  const nextFree = (name: string): string => {
    for (; next < size; next++) {
      const candidate = nthSubnet(cluster, podCidrPrefix, next);
      if (!taken.some((other) => overlaps(other, candidate))) {
        next++;
        return candidate.text;
      }
    }
    throw new RangeError(
      `${clusterCidr} has room for ${size} pod CIDRs of length /${podCidrPrefix}, none is left for ${name}`,
    );
  };
  return new Map(workers.map((host) => [host.name, host.podCidr ?? nextFree(host.name)]));
}

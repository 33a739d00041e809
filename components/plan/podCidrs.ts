import type { PlannedHost } from "./routes";
import { nthSubnet, overlaps, parseCidr, subnetCount, type Cidr } from "./cidr";

/** Of its eight addresses five are for pods: DNS, where it runs, and a few others. */
export const longestPodCidr = 29;

/** What deciding on pod CIDRs needs to know of a host. */
export type PodCidrHost = Pick<PlannedHost, "name" | "role" | "podCidr">;

/** Says when the cluster CIDR has no room for a worker's pods. */
export function podCidrsProblem(
  hosts: readonly PodCidrHost[],
  clusterCidr: string,
  podCidrPrefix: number,
): string | undefined {
  const podCidrs = planPodCidrs(hosts, clusterCidr, podCidrPrefix);
  const without = workersOf(hosts).find(({ name }) => !podCidrs.has(name));
  if (without === undefined) return undefined;
  const size = subnetCount(parseCidr(clusterCidr), podCidrPrefix);
  return `${clusterCidr} has room for ${size} pod CIDRs of length /${podCidrPrefix}, none is left for ${without.name}`;
}

/**
 * The pod CIDR of every worker by name: its own where it has one, else the next free network of the cluster CIDR in
 * the order of the list, so that the first worker gets `10.200.0.0/24`. A worker without room has none.
 */
export function planPodCidrs(
  hosts: readonly PodCidrHost[],
  clusterCidr: string,
  podCidrPrefix: number,
): Map<string, string> {
  const workers = workersOf(hosts);
  const taken = workers.flatMap(({ podCidr }) => (podCidr === undefined ? [] : [parseCidr(podCidr)]));
  const free = freeNetworks(parseCidr(clusterCidr), podCidrPrefix, taken);
  return new Map(
    workers.flatMap(({ name, podCidr }) => {
      const own = podCidr ?? free.next().value?.text;
      return own === undefined ? [] : [[name, own] as const];
    }),
  );
}

function workersOf(hosts: readonly PodCidrHost[]): PodCidrHost[] {
  return hosts.filter(({ role }) => role === "worker");
}

/** Networks of that length in the cluster CIDR that overlap none that is taken, in order. */
function* freeNetworks(cluster: Cidr, prefix: number, taken: readonly Cidr[]): Generator<Cidr, undefined> {
  const count = subnetCount(cluster, prefix);
  for (let index = 0; index < count; index++) {
    const candidate = nthSubnet(cluster, prefix, index);
    if (!taken.some((other) => overlaps(other, candidate))) yield candidate;
  }
}

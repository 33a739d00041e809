import { cidrProblem, nthAddress, overlaps, parseCidr } from "./cidr";

/** A host of a cluster: its name, which is also that of its Node object, and its address. */
export interface ClusterHost {
  readonly name: string;
  /** IPv4 address on the network that the hosts share. */
  readonly address: string;
}

/** Says why a cluster cannot have that many controllers. */
export function controllersProblem(count: number): string | undefined {
  return count === 1 || count === 3 ? undefined : "must be 1 or 3, so that etcd has a majority when one is lost";
}

/** Lengths that the API server and a small cluster can do with: 14 to 65,534 Services. */
const servicePrefixes = { shortest: 16, longest: 28 };
/** The first address of the Services' network is the API server's, by the API server's own rule; the tenth is by custom that of DNS. */
const places = { api: 1, dns: 10 };

/** A DNS name has 253 characters; before the domain come `SERVICE.NAMESPACE.svc.`, with up to 63 for each of the two. */
export const longestClusterDomain = 253 - "..svc.".length - 2 * 63;

/** Says why a network cannot be that of a cluster's Services. `others` are networks that it must not overlap, by what they are. */
export function serviceCidrProblem(serviceCidr: string, others: Readonly<Record<string, string>>): string | undefined {
  const problem = cidrProblem(serviceCidr);
  if (problem !== undefined) return problem;
  const services = parseCidr(serviceCidr);
  const { shortest, longest } = servicePrefixes;
  if (services.prefix < shortest || services.prefix > longest) return `must be from /${shortest} to /${longest} long`;
  const clash = Object.entries(others).find(([, cidr]) => overlaps(services, parseCidr(cidr)));
  return clash === undefined ? undefined : `overlaps ${clash[0]}, ${clash[1]}`;
}

/** Address of the Service `kubernetes`, by which pods reach the API servers. */
export function apiServiceAddress(serviceCidr: string): string {
  return nthAddress(parseCidr(serviceCidr), places.api);
}

/** Address of the Service `kube-dns`, which is every pod's name server. */
export function dnsServiceAddress(serviceCidr: string): string {
  return nthAddress(parseCidr(serviceCidr), places.dns);
}

import { overlaps, parseCidr, type Cidr } from "../plan/cidr";

/** Networks that no host and no pod can have an address of (RFC 6890 and RFC 5771). */
const reserved: readonly [cidr: string, use: string][] = [
  ["0.0.0.0/8", "this network"],
  ["127.0.0.0/8", "loopback"],
  ["169.254.0.0/16", "link-local addresses"],
  ["224.0.0.0/4", "multicast"],
  ["255.255.255.255/32", "broadcast"],
];

/** Why no host and no pod can have an address of this network; undefined where they can. */
export function reservedProblem(network: Cidr): string | undefined {
  const found = reserved.find(([cidr]) => overlaps(parseCidr(cidr), network));
  return found && `must not be in ${found[0]}, which is for ${found[1]}`;
}

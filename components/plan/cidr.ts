import { Address4 } from "ip-address";

/** An IPv4 network, e.g. `10.200.0.0/16`. */
export interface Cidr {
  readonly text: string;
  /** Length of the network prefix, 0 to 32. */
  readonly prefix: number;
  /** First and last address as numbers. */
  readonly first: bigint;
  readonly last: bigint;
}

/** Says why `text` is not an IPv4 network, and what was probably meant; undefined when it is one. */
export function cidrProblem(text: string): string | undefined {
  if (!/^[^/]+\/\d{1,2}$/.test(text) || !Address4.isValid(text)) {
    const meant = Address4.isValid(text) && !text.includes("/") ? `; did you mean "${text}/24"?` : "";
    return `must be an IPv4 CIDR such as "10.200.0.0/16"${meant}`;
  }
  const network = new Address4(text);
  const exact = `${network.startAddress().correctForm()}/${network.subnetMask}`;
  return exact === text ? undefined : `must not have host bits set; did you mean "${exact}"?`;
}

/** @throws RangeError with the reason when `text` is not an IPv4 network. */
export function parseCidr(text: string): Cidr {
  const problem = cidrProblem(text);
  if (problem !== undefined) throw new RangeError(`"${text}" ${problem}`);
  const network = new Address4(text);
  return {
    text,
    prefix: network.subnetMask,
    first: network.startAddress().bigInt(),
    last: network.endAddress().bigInt(),
  };
}

/** Whether `text` is one IPv4 address, without a prefix length. */
export function isAddress(text: string): boolean {
  return !text.includes("/") && Address4.isValid(text);
}

export function containsAddress(network: Cidr, address: string): boolean {
  const value = new Address4(address).bigInt();
  return network.first <= value && value <= network.last;
}

export function containsCidr(outer: Cidr, inner: Cidr): boolean {
  return outer.first <= inner.first && inner.last <= outer.last;
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/** How many networks with this prefix length fit into `network`; 0 when the prefix is shorter than its own. */
export function subnetCount(network: Cidr, prefix: number): number {
  return prefix < network.prefix ? 0 : 2 ** (prefix - network.prefix);
}

/** The network number `index` (from 0) of the given prefix length inside `network`. */
export function nthSubnet(network: Cidr, prefix: number, index: number): Cidr {
  if (index < 0 || index >= subnetCount(network, prefix)) {
    throw new RangeError(`${network.text} has no /${prefix} number ${index}`);
  }
  const first = network.first + BigInt(index) * 2n ** BigInt(32 - prefix);
  return parseCidr(`${Address4.fromBigInt(first).correctForm()}/${prefix}`);
}

/**
 * The address number `index` of a network, counted from its first.
 *
 * @throws RangeError when the network is not that large.
 */
export function nthAddress(network: Cidr, index: number): string {
  const value = network.first + BigInt(index);
  if (index < 0 || value > network.last) throw new RangeError(`${network.text} has no address number ${index}`);
  return Address4.fromBigInt(value).correctForm();
}

/** The router of a VPC's subnet: its first address after the network's own (Amazon VPC User Guide, "Subnet sizing"). */
export function routerOf(subnet: Cidr): string {
  return nthAddress(subnet, 1);
}

/** An address of `outer` that `inner` has not, near its end; one that is nobody's (RFC 5737) when there is none. */
export function addressOutside(outer: string, inner: string): string {
  const [all, part] = [parseCidr(outer), parseCidr(inner)];
  const outside = [all.last - 1n, all.first + 1n].find((value) => value < part.first || value > part.last);
  return outside === undefined ? "192.0.2.1" : Address4.fromBigInt(outside).correctForm();
}

import type { HostRole } from "../host";
import { cidrProblem, nthAddress, nthSubnet, overlaps, parseCidr, subnetCount } from "./cidr";

/**
 * Subnets are /24, controllers are at .10 and on, workers from .80 on: addresses that are easy to remember and to type.
 */
const addressing = { subnetPrefix: 24, firstController: 10, firstWorker: 80 };

/** Addresses that AWS keeps for itself in every subnet: the first four and the last. */
const reserved = { first: 4, last: 1 };

/** A node before it has an address: which of the subnets it goes to, and which place there is its own. */
export interface NodePlacement {
  readonly name: string;
  readonly role: HostRole;
  /** Number of the subnet, from 0. */
  readonly subnet: number;
  /** Offset of the node's address in its subnet. */
  readonly offset: number;
}

/** How many of each a lab has. */
export interface NodeCounts {
  readonly controllers: number;
  readonly workers: number;
}

/**
 * Number i of controllers and of workers is in subnet i mod `subnets`, at .10 + i or .80 + i wherever that is. The first
 * controller is `server` with others and without, so that it stays the same machine.
 */
export function placeNodes({ controllers, workers }: NodeCounts, subnets: number): NodePlacement[] {
  const place = (role: HostRole, index: number, name: string, first: number) => ({
    ...{ name, role, subnet: index % subnets },
    offset: first + index,
  });
  return [
    ...Array.from({ length: controllers }, (_, index) =>
      place("controller", index, index === 0 ? "server" : `server-${index}`, addressing.firstController),
    ),
    ...Array.from({ length: workers }, (_, index) => place("worker", index, `node-${index}`, addressing.firstWorker)),
  ];
}

/** Says why a VPC cannot have a subnet in each zone. */
export function subnetsProblem(vpcCidr: string, zones: number): string | undefined {
  const problem = cidrProblem(vpcCidr);
  if (problem !== undefined) return `"${vpcCidr}" ${problem}`;
  const count = subnetCount(parseCidr(vpcCidr), addressing.subnetPrefix);
  return count < zones ? `${vpcCidr} has room for ${count} subnets of length /24, not for ${zones}` : undefined;
}

/** CIDR of a VPC's subnet in one zone: /24 networks from the start of the VPC, `10.240.0.0/24` in the first. */
export function subnetCidr(vpcCidr: string, zone: number): string {
  return nthSubnet(parseCidr(vpcCidr), addressing.subnetPrefix, zone).text;
}

/** CIDRs of the subnets of a VPC, one per zone. */
export function planSubnets(vpcCidr: string, zones: number): string[] {
  return Array.from({ length: zones }, (_, zone) => subnetCidr(vpcCidr, zone));
}

/** A node's name and the place of its address in a subnet. */
type AddressPlace = Pick<NodePlacement, "name" | "offset">;

/** Says when a subnet does not have the node's address, or AWS keeps it for itself. */
export function nodeAddressProblem(subnetCidr: string, { name, offset }: AddressPlace): string | undefined {
  const subnet = parseCidr(subnetCidr);
  const size = Number(subnet.last - subnet.first) + 1;
  return offset < reserved.first || offset >= size - reserved.last
    ? `subnet ${subnetCidr} has no address for ${name}, which would be number ${offset} in it`
    : undefined;
}

/** The node's private address. */
export function nodeAddress(subnetCidr: string, { offset }: AddressPlace): string {
  return nthAddress(parseCidr(subnetCidr), offset);
}

/** Says which pod network overlaps one of the VPC's; AWS takes no route to a part of its own VPC's network. */
export function vpcOverlapProblem(podCidrs: readonly string[], vpcCidrs: readonly string[]): string | undefined {
  for (const podCidr of podCidrs) {
    const clash = vpcCidrs.find((vpcCidr) => overlaps(parseCidr(podCidr), parseCidr(vpcCidr)));
    if (clash !== undefined) {
      return `pod CIDR ${podCidr} overlaps the VPC's network ${clash}; the VPC would never route it to a node`;
    }
  }
  return undefined;
}

import type { HostRole } from "../host";
import { parseCidr, routerOf } from "./cidr";

/** One route to another node's pods: on `host`, packets for `destination` go to `nextHop`. */
export interface PodRoute {
  /** Name of the host whose routing table holds the entry. */
  readonly host: string;
  /** Pod CIDR of the other node, e.g. `10.200.1.0/24`. */
  readonly destination: string;
  /** IPv4 address that the packets are sent to, e.g. `10.240.0.81`. */
  readonly nextHop: string;
  /** Name of the node whose pods live in `destination`. */
  readonly node: string;
}

/** The pods of one node: all of them, and nothing else, have addresses in `destination`. */
export interface PodNetwork {
  /** The node's pod CIDR, e.g. `10.200.1.0/24`. */
  readonly destination: string;
  readonly node: string;
}

/** A host as the plan sees it: no secrets, no connection. */
export interface PlannedHost {
  readonly name: string;
  readonly role: HostRole;
  readonly address: string;
  /** Workers only. */
  readonly podCidr?: string;
  /** CIDR of the VPC's subnet that the host is in; only where a VPC routes between subnets. */
  readonly subnet?: string;
}

/**
 * The pod CIDRs of a lab with the node behind each: what every table of routes and every rule for pods is rendered
 * from. The VPC's routes and its security group's rules are this list; the hosts' routes are it once per host.
 */
export function planPodNetworks(hosts: readonly Pick<PlannedHost, "name" | "podCidr">[]): PodNetwork[] {
  return hosts.flatMap(({ name, podCidr }) => (podCidr === undefined ? [] : [{ destination: podCidr, node: name }]));
}

/**
 * The pod routes of a lab: on every host one for each other worker's pod CIDR. A controller has no pods, so it gets a
 * route to every worker and none leads to it.
 *
 * The next hop is the worker's own address. Where a VPC puts the worker into another subnet, it is the router of the
 * host's own subnet, and the VPC's route table carries the packet on.
 */
export function planRoutes(hosts: readonly PlannedHost[]): PodRoute[] {
  const byName = new Map(hosts.map((host) => [host.name, host]));
  const networks = planPodNetworks(hosts);
  return hosts.flatMap((host) =>
    networks
      .filter(({ node }) => node !== host.name)
      .map(({ destination, node }) => ({
        host: host.name,
        destination,
        nextHop: nextHop(host, byName.get(node) as PlannedHost),
        node,
      })),
  );
}

function nextHop(host: PlannedHost, peer: PlannedHost): string {
  return host.subnet === undefined || host.subnet === peer.subnet ? peer.address : routerOf(parseCidr(host.subnet));
}

/** The entries as `ip route` takes them, one a line: `10.200.1.0/24 via 10.240.0.81`. */
export function renderIpRoutes(routes: readonly Pick<PodRoute, "destination" | "nextHop">[]): string {
  return routes.map((route) => `${route.destination} via ${route.nextHop}`).join("\n");
}

/** How the rule of the security group is described that lets in what a node's pods send. */
export const fromPodsOf = (node: string): string => `All traffic from the pods of ${node}`;

import { parseCidr, routerOf } from "./cidr";
import type { PlannedHost, PodNetwork, PodRoute } from "./labPlan";

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

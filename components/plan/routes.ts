import type { PlannedHost, PodRoute } from "./labPlan";

/**
 * The pod routes of a lab: on every host one for each other worker's pod CIDR, by way of that worker's address.
 * A controller has no pods, so it gets a route to every worker and none leads to it (seed document 001, section 3).
 */
export function planRoutes(hosts: readonly PlannedHost[]): PodRoute[] {
  return hosts.flatMap((host) =>
    hosts.flatMap((peer) =>
      peer.podCidr === undefined || peer.name === host.name
        ? []
        : [{ host: host.name, destination: peer.podCidr, nextHop: peer.address, node: peer.name }],
    ),
  );
}

/** The entries as `ip route` takes them, one a line: `10.200.1.0/24 via 10.240.0.81`. */
export function renderIpRoutes(routes: readonly Pick<PodRoute, "destination" | "nextHop">[]): string {
  return routes.map((route) => `${route.destination} via ${route.nextHop}`).join("\n");
}

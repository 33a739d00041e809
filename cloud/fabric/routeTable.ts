import { contains, parseNetwork, type Network } from "./address";
import type { RouteTableConfig } from "./network";

/** What a packet to `network` meets. `Target` is what an interface route resolves to. */
export interface LookupRoute<Target> {
  readonly network: Network;
  readonly kind: "local" | "interface" | "internet-gateway" | "blackhole";
  /** Of interface routes. */
  readonly target?: Target;
  /** `rtb-1: 10.200.1.0/24 -> eni-2 (node-1)` */
  readonly text: string;
}

/** A route table ready for lookup: the VPC's local routes first, which nothing overrides, then the longest prefix. */
export class RouteLookup<Target extends { readonly label: string }> {
  readonly id: string;
  /** What to say of a packet that no route covers. */
  readonly text: string;
  private readonly local: LookupRoute<Target>[];
  /** Longest prefix first; each map from a network's first address to its route. */
  private readonly byPrefix: { readonly mask: number; readonly routes: Map<number, LookupRoute<Target>> }[];

  /** `find` gives an interface by its id; a route to one that is not there is a blackhole. */
  constructor(config: RouteTableConfig, vpcCidrs: readonly string[], find: (id: string) => Target | undefined) {
    const { id } = config;
    this.id = id;
    this.text = `${id} has no route for it`;
    this.local = vpcCidrs.map((cidr) => ({
      network: parseNetwork(cidr),
      kind: "local",
      text: `${id}: ${cidr} -> local`,
    }));
    const prefixes = new Map<number, { mask: number; routes: Map<number, LookupRoute<Target>> }>();
    for (const { destination, target } of config.routes) {
      const network = parseNetwork(destination);
      const found = target.kind === "interface" ? find(target.id) : undefined;
      const kind = target.kind === "interface" && !found ? "blackhole" : target.kind;
      const suffix = kind === "blackhole" ? " (blackhole)" : "";
      const text = `${id}: ${destination} -> ${found?.label ?? target.id}${suffix}`;
      const level = prefixes.get(network.prefix) ?? {
        mask: network.mask,
        routes: new Map<number, LookupRoute<Target>>(),
      };
      level.routes.set(network.first, { network, kind, target: found, text });
      prefixes.set(network.prefix, level);
    }
    this.byPrefix = [...prefixes].sort(([a], [b]) => b - a).map(([, level]) => level);
  }

  lookup(address: number): LookupRoute<Target> | undefined {
    for (const route of this.local) if (contains(route.network, address)) return route;
    for (const { mask, routes } of this.byPrefix) {
      const route = routes.get(address & mask);
      if (route) return route;
    }
    return undefined;
  }
}

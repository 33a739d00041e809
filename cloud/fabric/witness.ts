import type { Ipv4Packet } from "./ipv4";
import type { LookupRoute } from "./routeTable";
import type { Rule } from "./securityGroups";
import type { VpcInterface } from "./topology";

/** Watches one decision. Nobody watches packets of machines; a trace is a decision with a witness. */
export interface Witness {
  sourceCheck(sender: VpcInterface, packet: Ipv4Packet, passed: boolean): void;
  /** `rule` is what allows the packet; undefined when nothing does. */
  groups(owner: VpcInterface, direction: "ingress" | "egress", packet: Ipv4Packet, rule: Rule | undefined): void;
  /** The frame is addressed to an interface in the sender's subnet, so that no route table is asked. */
  neighbour(sender: VpcInterface, receiver: VpcInterface): void;
  /** The frame is addressed to the router: `route` is what its table says. */
  route(sender: VpcInterface, packet: Ipv4Packet, route: LookupRoute<VpcInterface> | undefined): void;
  /** A local route found, or did not find, the interface that owns the destination. */
  owner(sender: VpcInterface, packet: Ipv4Packet, receiver: VpcInterface | undefined): void;
  destinationCheck(receiver: VpcInterface, packet: Ipv4Packet, passed: boolean): void;
}

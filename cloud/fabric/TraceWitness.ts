import { formatAddress } from "./address";
import { protocolName, type DropReason } from "./drops";
import { icmpTypes, protocols, type Ipv4Packet } from "./ipv4";
import type { LookupRoute } from "./routeTable";
import type { Rule } from "./securityGroups";
import type { VpcInterface } from "./topology";

export interface TraceStep {
  /** Id of what was looked at: an interface, a subnet, a route table, security groups. */
  readonly where: string;
  /** What it did, and which rule or route decided; for a drop what is missing. */
  readonly text: string;
  readonly ok: boolean;
}

/** Watches one decision and writes it down in sentences for people. Nobody watches the packets of machines. */
export class TraceWitness {
  readonly steps: TraceStep[] = [];

  sourceCheck(sender: VpcInterface, { source }: Ipv4Packet, passed: boolean): void {
    const address = formatAddress(source);
    if (sender.addresses.has(source)) this.say(sender.id, `${sender.label} sends from its own address ${address}`);
    else if (passed)
      this.say(sender.id, `${sender.label} may send from ${address}: its source/destination check is off`);
    else
      this.say(
        sender.id,
        `${sender.label}: source/destination check: ${address} is none of its addresses; only with the check off may it send from it`,
        false,
      );
  }

  /** `rule` is what allows the packet; undefined when nothing does. */
  groups(owner: VpcInterface, direction: "ingress" | "egress", packet: Ipv4Packet, rule: Rule | undefined): void {
    const set = owner[direction];
    const where = set.groupIds.join(", ") || owner.id;
    if (rule) return this.say(where, `${owner.label}: allowed by ${rule.text}`);
    const inward = direction === "ingress";
    const peer = formatAddress(inward ? packet.source : packet.destination);
    const port = packet.protocol === protocols.icmp ? packet.icmpType : packet.destinationPort;
    const named = set.matchButForMembership(packet.protocol, port, packet.icmpCode);
    const hint = named
      ? `; ${named.text} does not cover it: groups cover members' own addresses only, so a rule for its CIDR is missing`
      : "";
    this.say(
      where,
      `${owner.label}: no ${direction} rule of ${set.groupIds.join(", ") || "its security groups, of which it has none,"} ` +
        `allows ${describe(packet)} ${inward ? "from" : "to"} ${peer}${hint}`,
      false,
    );
  }

  /** The frame is addressed to an interface in the sender's subnet, so that no route table is asked. */
  neighbour(sender: VpcInterface, receiver: VpcInterface): void {
    this.say(sender.subnet.id, `the next hop is ${receiver.label} in the same subnet: no route table is asked`);
  }

  /** The frame is addressed to the router: `route` is what its table says. */
  route({ subnet }: VpcInterface, { destination }: Ipv4Packet, route: LookupRoute<VpcInterface> | undefined): void {
    this.say(
      subnet.id,
      `the next hop is the router ${formatAddress(subnet.routerAddress)}, which uses ${subnet.routeTable.id}`,
    );
    const { id } = subnet.routeTable;
    const address = formatAddress(destination);
    if (!route) return this.say(id, `${id}: no route covers ${address}; one to its network is missing`, false);
    switch (route.kind) {
      case "blackhole":
        return this.say(id, `${route.text}: the target is gone or its instance does not run`, false);
      case "internet-gateway":
        return this.say(
          id,
          `${route.text}: the embedded VPC has no internet; if ${address} is a pod's, a route to its network is missing`,
          false,
        );
      case "local":
      case "interface":
        return this.say(id, route.text);
    }
  }

  /** A local route found, or did not find, the interface that owns the destination. */
  owner({ subnet }: VpcInterface, { destination }: Ipv4Packet, receiver: VpcInterface | undefined): void {
    const address = formatAddress(destination);
    if (receiver) this.say(receiver.subnet.id, `${address} is ${receiver.label}`);
    else if (subnet.vpc.routerAddresses.has(destination))
      this.say(subnet.vpc.id, `${address} is a router, which answers ARP and nothing else`, false);
    else this.say(subnet.vpc.id, `no interface of ${subnet.vpc.id} has ${address}`, false);
  }

  destinationCheck(receiver: VpcInterface, { destination }: Ipv4Packet, passed: boolean): void {
    const address = formatAddress(destination);
    if (receiver.addresses.has(destination)) return;
    if (passed)
      this.say(receiver.id, `${receiver.label} may receive for ${address}: its source/destination check is off`);
    else
      this.say(
        receiver.id,
        `${receiver.label}: source/destination check: ${address} is none of its addresses; only with the check off may it receive for it`,
        false,
      );
  }

  /** The packet got through; `connected`: there is a machine to take it. */
  arrival(receiver: VpcInterface, destination: number, connected: boolean): void {
    const { instanceId } = receiver.config;
    const forwards = !receiver.addresses.has(destination);
    const onward = forwards ? `; ${instanceId ?? "its machine"} forwards it on from there, by its own routes` : "";
    if (connected) this.say(receiver.id, `delivered to ${receiver.label}${onward}`);
    else this.say(receiver.id, `${receiver.label} is not connected: its machine does not run`, false);
  }

  /** Sees to it that a drop has a step even where no check was asked. */
  explain(reason: DropReason, sender: VpcInterface, destination: number): void {
    if (this.steps.some(({ ok }) => !ok)) return;
    const text =
      reason === "multicast"
        ? `${formatAddress(destination)} is a multicast or broadcast address; a VPC carries none`
        : `dropped: ${reason}`;
    this.say(sender.subnet.id, text, false);
  }

  private say(where: string, text: string, ok = true): void {
    this.steps.push({ where, text, ok });
  }
}

/** `icmp`, `tcp port 80`. */
function describe({ protocol, icmpType, destinationPort }: Ipv4Packet): string {
  const name = protocolName(protocol);
  if (protocol === protocols.icmp) return icmpType === icmpTypes.echoRequest ? name : `${name} type ${icmpType}`;
  return `${name} port ${destinationPort}`;
}

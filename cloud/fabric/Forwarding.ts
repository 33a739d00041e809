import { readMac } from "./address";
import type { DropReason } from "./drops";
import { ethernetHeaderBytes } from "./ethernet";
import { Ipv4Packet, isGroupAddress, protocols } from "./ipv4";
import type { VpcInterface } from "./topology";
import type { TraceWitness } from "./TraceWitness";

// Imported constants are read through getters, which the packet path feels.
const { icmp } = protocols;
const header = ethernetHeaderBytes;

/** Longest IPv4 packet on the VPC's wire, in bytes. */
export const mtu = 1_500;

/** What the groups of an interface say of a packet. */
type GroupVerdict = "tracked" | "allowed" | "denied" | "no-first-fragment";

/**
 * Decides where an IPv4 packet goes, in the order of EC2's checks. One instance decides one packet after the other and keeps what it found in
 * its fields, so that a decision allocates nothing.
 */
export class Forwarding {
  readonly packet = new Ipv4Packet();
  /** Who gets the packet. */
  receiver: VpcInterface | undefined;
  /** Whether it went through the router, which writes new MAC addresses. */
  routed = false;
  /** Where it was dropped: the sender, or the receiver for what the receiver does not let in. */
  droppedAt: VpcInterface | undefined;
  /** The rule, group or route that dropped it. */
  decidedBy: string | undefined;
  private readonly quoted = new Ipv4Packet();

  /**
   * Decides on the frame from `start` to `end` that `sender` sent. Undefined: `receiver` gets it.
   * With a witness it is a question: nothing is remembered, and flows under way do not count.
   */
  decide(
    sender: VpcInterface,
    bytes: Buffer,
    start: number,
    end: number,
    now: number,
    witness?: TraceWitness,
  ): DropReason | undefined {
    const { packet } = this;
    this.receiver = undefined;
    this.routed = false;
    this.droppedAt = sender;
    this.decidedBy = undefined;
    if (!packet.read(bytes, start + header, end)) return "malformed";
    if (isGroupAddress(packet.destination)) return "multicast";

    const own = sender.addresses.has(packet.source);
    witness?.sourceCheck(sender, packet, own || !sender.sourceDestCheck);
    if (!own && sender.sourceDestCheck) return "source-check";

    const egress = this.askGroups(sender, true, bytes, end, now, witness);
    if (egress === "no-first-fragment") return "fragment";
    if (egress === "denied") return "egress-group";

    const problem = this.findReceiver(sender, readMac(bytes, start), witness);
    if (problem) return problem;
    const receiver = this.receiver as unknown as VpcInterface;
    if (Math.max(packet.totalBytes, end - start - header) > mtu) return "mtu";

    this.droppedAt = receiver;
    const meant = receiver.addresses.has(packet.destination);
    witness?.destinationCheck(receiver, packet, meant || !receiver.sourceDestCheck);
    if (!meant && receiver.sourceDestCheck) return "destination-check";

    const ingress = this.askGroups(receiver, false, bytes, end, now, witness);
    if (ingress === "no-first-fragment") return "fragment";
    if (ingress === "denied") return "ingress-group";

    if (!witness) {
      if (egress === "allowed") sender.state.flows.open(packet, true, now, sender.generation);
      if (ingress === "allowed") receiver.state.flows.open(packet, false, now, receiver.generation);
    }
    return undefined;
  }

  private findReceiver(sender: VpcInterface, destinationMac: number, witness?: TraceWitness): DropReason | undefined {
    const { subnet } = sender;
    if (destinationMac === subnet.routerMac) return this.route(sender, witness);
    const neighbour = subnet.byMac.get(destinationMac);
    if (!neighbour || neighbour === sender) return "unknown-mac";
    witness?.neighbour(sender, neighbour);
    this.receiver = neighbour;
    return undefined;
  }

  private route(sender: VpcInterface, witness?: TraceWitness): DropReason | undefined {
    const { packet } = this;
    const { routeTable, vpc } = sender.subnet;
    this.routed = true;
    const route = routeTable.lookup(packet.destination);
    witness?.route(sender, packet, route);
    this.decidedBy = route?.text ?? routeTable.text;
    if (!route) return "no-route";
    switch (route.kind) {
      case "blackhole":
        return "blackhole";
      case "internet-gateway":
        return "internet";
      case "local":
        this.receiver = vpc.byAddress.get(packet.destination);
        witness?.owner(sender, packet, this.receiver);
        if (this.receiver) return undefined;
        return vpc.routerAddresses.has(packet.destination) ? "router-address" : "no-such-address";
      case "interface":
        this.receiver = route.target;
        return undefined;
    }
  }

  private askGroups(
    owner: VpcInterface,
    outbound: boolean,
    bytes: Buffer,
    end: number,
    now: number,
    witness?: TraceWitness,
  ): GroupVerdict {
    const { packet } = this;
    const { flows, fragments } = owner.state;
    const rules = outbound ? owner.egress : owner.ingress;
    if (packet.fragmentOffset > 0) {
      const verdict = fragments.verdict(packet, outbound, now);
      if (verdict === undefined) return "no-first-fragment";
      this.decidedBy = rules.text;
      return verdict ? "tracked" : "denied";
    }
    let verdict: GroupVerdict = "tracked";
    if (witness || !(flows.admits(packet, outbound, now, owner) || this.isRelated(owner, outbound, bytes, end, now))) {
      const port = packet.protocol === icmp ? packet.icmpType : packet.destinationPort;
      const peer = outbound ? packet.destination : packet.source;
      const rule = rules.match(packet.protocol, port, packet.icmpCode, peer);
      witness?.groups(owner, outbound ? "egress" : "ingress", packet, rule);
      verdict = rule ? "allowed" : "denied";
      this.decidedBy = rules.text;
    }
    if (packet.moreFragments && !witness) fragments.record(packet, outbound, verdict !== "denied", now);
    return verdict;
  }

  /** ICMP errors about a flow under way pass with it. */
  private isRelated(owner: VpcInterface, outbound: boolean, bytes: Buffer, end: number, now: number): boolean {
    const { packet, quoted } = this;
    return (
      packet.isIcmpError &&
      quoted.read(bytes, packet.transport + 8, end, true) &&
      owner.state.flows.knowsQuoted(quoted, outbound, now, owner)
    );
  }
}

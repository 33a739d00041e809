import { formatAddress } from "./address";
import { protocols, type Ipv4Packet } from "./ipv4";

/** Why a frame went nowhere. */
export type DropReason =
  /** Too short, or lengths that contradict each other. */
  | "malformed"
  /** Sent under a MAC address that is not the card's own. */
  | "spoofed-source-mac"
  /** A VPC without IPv6 addresses; every Linux tries some. */
  | "ipv6"
  /** Neither IPv4 nor ARP nor IPv6. */
  | "ethertype"
  /** IPv4 broadcast and multicast, DHCP among it: a VPC carries none. */
  | "multicast"
  /** ARP that announces an address that is not the sender's. */
  | "spoofed-arp"
  /** An announcement of the sender's own address: the fabric knows it already. */
  | "gratuitous-arp"
  /** A reply that nobody asked for, or an operation that is not a request. */
  | "unexpected-arp"
  /** No interface of the subnet has the address that is asked for. */
  | "arp-unknown"
  /** To a MAC address that is neither the router's nor that of an interface in the subnet. */
  | "unknown-mac"
  /** The sender's source/destination check: the source is not one of its addresses. */
  | "source-check"
  /** The receiver's source/destination check: the destination is not one of its addresses. */
  | "destination-check"
  /** No egress rule of the sender's groups. */
  | "egress-group"
  /** No ingress rule of the receiver's groups. */
  | "ingress-group"
  /** A later fragment whose first one was not seen. */
  | "fragment"
  | "mtu"
  /** To the router itself, which is no host. */
  | "router-address"
  /** To an address of the VPC that no interface has. */
  | "no-such-address"
  | "no-route"
  | "blackhole"
  /** To the internet gateway: machines reach the internet through their management card. */
  | "internet"
  /** The receiver's machine is not there. */
  | "disconnected"
  /** The receiver does not read fast enough. */
  | "queue-full";

/** What every machine sends now and then, and nobody looks for. */
const noise: ReadonlySet<DropReason> = new Set<DropReason>(["ipv6", "ethertype", "multicast", "gratuitous-arp"]);

/** One of the latest drops, for people. */
export interface DropRecord {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly reason: DropReason;
  /** `tcp 10.200.0.5:40000 -> 10.200.1.7:80`; absent where no IPv4 packet was read. */
  readonly packet?: string;
  /** The rule, group or route that decided. */
  readonly decidedBy?: string;
}

const keptDrops = 16;

/** What an interface's traffic came to. Survives reconfiguration. */
export class Counters {
  /** From the machine. */
  framesIn = 0;
  bytesIn = 0;
  /** To the machine. */
  framesOut = 0;
  bytesOut = 0;
  readonly drops: Partial<Record<DropReason, number>> = {};
  private readonly ring: RawDrop[] = [];
  private next = 0;

  drop(reason: DropReason, at: number, packet: Ipv4Packet | undefined, decidedBy: string | undefined): void {
    this.drops[reason] = (this.drops[reason] ?? 0) + 1;
    if (noise.has(reason)) return;
    const slot = (this.ring[this.next] ??= new RawDrop());
    this.next = (this.next + 1) % keptDrops;
    slot.fill(reason, at, packet, decidedBy);
  }

  /** Oldest first. */
  latestDrops(): DropRecord[] {
    const full = this.ring.length === keptDrops;
    return (full ? [...this.ring.slice(this.next), ...this.ring.slice(0, this.next)] : this.ring).map((drop) =>
      drop.record(),
    );
  }
}

/** Numbers now, text only when somebody asks: a flood of drops must not cost more than the packets would have. */
class RawDrop {
  private reason: DropReason = "malformed";
  private at = 0;
  private known = false;
  private source = 0;
  private destination = 0;
  private protocol = 0;
  private sourcePort = 0;
  private destinationPort = 0;
  private decidedBy: string | undefined;

  fill(reason: DropReason, at: number, packet: Ipv4Packet | undefined, decidedBy: string | undefined): void {
    this.reason = reason;
    this.at = at;
    this.decidedBy = decidedBy;
    this.known = packet !== undefined;
    if (!packet) return;
    this.source = packet.source;
    this.destination = packet.destination;
    this.protocol = packet.protocol;
    this.sourcePort = packet.sourcePort;
    this.destinationPort = packet.destinationPort;
  }

  record(): DropRecord {
    const ports = this.protocol === protocols.tcp || this.protocol === protocols.udp;
    const end = (address: number, port: number): string => `${formatAddress(address)}${ports ? `:${port}` : ""}`;
    const packet = `${protocolName(this.protocol)} ${end(this.source, this.sourcePort)} -> ${end(this.destination, this.destinationPort)}`;
    return {
      at: this.at,
      reason: this.reason,
      ...(this.known ? { packet } : {}),
      ...(this.decidedBy === undefined ? {} : { decidedBy: this.decidedBy }),
    };
  }
}

/** `tcp`, or `protocol 47`. */
export function protocolName(protocol: number): string {
  const known = Object.entries(protocols).find(([, value]) => value === protocol);
  return known ? known[0] : `protocol ${protocol}`;
}

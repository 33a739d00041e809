import { formatMac, readMac, writeMac } from "./address";
import { arpReplyFrame, arpRequest, readArp } from "./arp";
import type { DropReason, DropRecord } from "./drops";
import { ethernetHeaderBytes, etherType } from "./ethernet";
import { Forwarding, mtu } from "./Forwarding";
import { fragmentationNeededFrame } from "./icmp";
import type { Ipv4Packet } from "./ipv4";
import type { NetworkConfig } from "./network";
import { compileNetwork, InterfaceState, resolve, type VpcInterface } from "./topology";
import { traceRoute, type TraceRequest, type TraceResult } from "./trace";

// Imported constants are read through getters, which the packet path feels.
const { ipv4, arp, ipv6 } = etherType;

/** Least time between two "fragmentation needed" to the same interface, in milliseconds. */
const mtuReplyIntervalMs = 100;

interface RouterLinks {
  /** Hands the frame from `start` to `end` to an interface's machine, or says why that is impossible. The bytes are only lent. */
  transmit(interfaceId: string, bytes: Buffer, start: number, end: number): "disconnected" | "queue-full" | undefined;
  isConnected(interfaceId: string): boolean;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
}

/** What is known of an interface and its traffic. */
export interface InterfaceStatus {
  readonly id: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly instanceId?: string;
  readonly name?: string;
  readonly mac: string;
  readonly addresses: readonly string[];
  readonly connected: boolean;
  /** From the machine. */
  readonly framesIn: number;
  readonly bytesIn: number;
  /** To the machine. */
  readonly framesOut: number;
  readonly bytesOut: number;
  /** What it sent and the fabric dropped, and what was for it and it could not take or its own rules kept out. */
  readonly drops: Readonly<Partial<Record<DropReason, number>>>;
  /** Oldest first, without what every machine sends now and then (IPv6, multicast). */
  readonly latestDrops: readonly DropRecord[];
  /** Flows that its security groups track, and those forgotten early because there were too many. */
  readonly flows: number;
  readonly evictedFlows: number;
}

/**
 * The router of any number of VPCs, without input and output of its own. It answers ARP for routers and interfaces, and carries IPv4 as EC2
 * does: no broadcast, no multicast, no IPv6, TTL as it was. DHCP is not served: machines get their address at boot.
 */
export class VpcRouter {
  private interfaces = new Map<string, VpcInterface>();
  private generation = 0;
  private readonly forwarding = new Forwarding();
  private readonly now: () => number;

  constructor(private readonly links: RouterLinks) {
    this.now = links.now ?? Date.now;
  }

  /**
   * Replaces the network. Counters and tracked flows of interfaces that stay go on.
   * @throws RangeError when it makes no sense; nothing has changed then.
   */
  configure(network: NetworkConfig): void {
    const old = this.interfaces;
    const generation = this.generation + 1;
    this.interfaces = compileNetwork(network, generation, (id) => old.get(id)?.state ?? new InterfaceState());
    this.generation = generation;
  }

  /** Takes the frame from `start` to `end` that an interface's machine sent. Its MAC addresses may be overwritten. */
  receive(interfaceId: string, bytes: Buffer, start = 0, end = bytes.length): void {
    const sender = this.interfaces.get(interfaceId);
    if (!sender) return;
    const { counters } = sender.state;
    counters.framesIn += 1;
    counters.bytesIn += end - start;
    if (end - start < ethernetHeaderBytes) return this.drop(sender, "malformed");
    if (readMac(bytes, start + 6) !== sender.mac) return this.drop(sender, "spoofed-source-mac");
    switch (bytes.readUInt16BE(start + 12)) {
      case ipv4:
        return this.forward(sender, bytes, start, end);
      case arp:
        return this.answerArp(sender, bytes, start, end);
      case ipv6:
        return this.drop(sender, "ipv6");
      default:
        return this.drop(sender, "ethertype");
    }
  }

  status(): InterfaceStatus[] {
    return [...this.interfaces.values()].map(({ id, vpcId, subnet, config, mac, state }) => {
      const { framesIn, bytesIn, framesOut, bytesOut, drops } = state.counters;
      return {
        id,
        vpcId,
        subnetId: subnet.id,
        ...(config.instanceId === undefined ? {} : { instanceId: config.instanceId }),
        ...(config.name === undefined ? {} : { name: config.name }),
        mac: formatMac(mac),
        addresses: config.addresses,
        connected: this.links.isConnected(id),
        framesIn,
        bytesIn,
        framesOut,
        bytesOut,
        drops: { ...drops },
        latestDrops: state.counters.latestDrops(),
        flows: state.flows.size,
        evictedFlows: state.flows.evicted,
      };
    });
  }

  /**
   * What would happen to the first packet of a flow, decided by the code that handles packets, without a trace of it in counters and tables.
   * @throws RangeError when the interface does not exist or an address is none.
   */
  trace(request: TraceRequest): TraceResult {
    const sender = this.interfaces.get(request.from);
    if (!sender) throw new RangeError(`There is no network interface ${request.from}.`);
    return traceRoute(request, sender, this.forwarding, this.now(), (id) => this.links.isConnected(id));
  }

  private forward(sender: VpcInterface, bytes: Buffer, start: number, end: number): void {
    if (bytes[start]! & 1) return this.drop(sender, "multicast");
    const { forwarding } = this;
    const reason = forwarding.decide(sender, bytes, start, end, this.now());
    const { packet, receiver } = forwarding;
    if (reason === "mtu" && packet.dontFragment) this.sayMtu(sender, bytes, start);
    if (reason)
      return this.drop(
        forwarding.droppedAt ?? sender,
        reason,
        reason === "malformed" ? undefined : packet,
        forwarding.decidedBy,
      );
    if (!receiver) return;
    if (forwarding.routed) {
      writeMac(bytes, receiver.mac, start);
      writeMac(bytes, receiver.subnet.routerMac, start + 6);
    }
    this.deliver(receiver, bytes, start, end, packet);
  }

  private answerArp(sender: VpcInterface, bytes: Buffer, start: number, end: number): void {
    const request = readArp(bytes, start, end);
    if (!request) return this.drop(sender, "malformed");
    const { senderMac, senderAddress, targetAddress } = request;
    // 0.0.0.0 asks whether an address is free. A machine without source/destination check may speak for addresses that are not its own; the
    // fabric learns nothing from it.
    const own = senderAddress === 0 || !sender.sourceDestCheck || sender.addresses.has(senderAddress);
    if (senderMac !== sender.mac || !own) return this.drop(sender, "spoofed-arp");
    if (senderAddress === targetAddress) return this.drop(sender, "gratuitous-arp");
    if (request.operation !== arpRequest) return this.drop(sender, "unexpected-arp");
    const mac = resolve(sender.subnet, targetAddress);
    if (mac === undefined || mac === sender.mac) return this.drop(sender, "arp-unknown");
    const reply = arpReplyFrame(request, mac);
    this.deliver(sender, reply, 0, reply.length);
  }

  private sayMtu(sender: VpcInterface, bytes: Buffer, start: number): void {
    const now = this.now();
    if (now - sender.state.lastMtuReply < mtuReplyIntervalMs) return;
    sender.state.lastMtuReply = now;
    const { routerMac, routerAddress } = sender.subnet;
    const router = { mac: routerMac, address: routerAddress, mtu };
    const reply = fragmentationNeededFrame(bytes, start, this.forwarding.packet, router);
    this.deliver(sender, reply, 0, reply.length);
  }

  private deliver(receiver: VpcInterface, bytes: Buffer, start: number, end: number, packet?: Ipv4Packet): void {
    const problem = this.links.transmit(receiver.id, bytes, start, end);
    if (problem) return this.drop(receiver, problem, packet);
    receiver.state.counters.framesOut += 1;
    receiver.state.counters.bytesOut += end - start;
  }

  private drop(at: VpcInterface, reason: DropReason, packet?: Ipv4Packet, decidedBy?: string): void {
    at.state.counters.drop(reason, this.now(), packet, decidedBy);
  }
}

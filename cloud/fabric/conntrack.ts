import { FlowEntry, FlowTable } from "./FlowTable";
import { icmpTypes, protocols, type Ipv4Packet } from "./ipv4";
import type { RuleSet } from "./securityGroups";

// Imported constants are read through getters, which the packet path feels.
const { icmp, tcp, udp } = protocols;
const { echoRequest } = icmpTypes;

/** Flows that an interface can track at a time. */
export const maxFlows = 16_384;

/** Idle time in milliseconds after which a flow is forgotten. TCP and UDP as EC2's defaults; the others as Linux'. */
const idleMs = {
  tcp: 432_000_000,
  tcpWithoutReply: 120_000,
  tcpClosed: 10_000,
  udp: 30_000,
  udpStream: 180_000,
  icmp: 30_000,
  other: 600_000,
} as const;

/** A flow as its interface sees it, whichever side began it. */
class Flow extends FlowEntry {
  replied = false;
  /** Whether a FIN went out, and came in. */
  finOut = false;
  finIn = false;
  reset = false;

  constructor(
    local: number,
    remote: number,
    protocol: number,
    ports: number,
    /** Whether the first packet left through the interface. */
    readonly outbound: boolean,
    /** The configuration under which a rule last allowed it. */
    public generation: number,
  ) {
    super(local, remote, protocol, ports);
  }

  /** Port that rules look at: the one to which the first packet went. */
  get servicePort(): number {
    return this.outbound ? this.ports & 0xffff : this.ports >>> 16;
  }
}

/** The rules of an interface, and which configuration they are from. */
interface CurrentRules {
  readonly generation: number;
  readonly egress: RuleSet;
  readonly ingress: RuleSet;
}

/**
 * Connection tracking of one interface. What a rule let through once goes on in both directions. When the configuration has changed, a flow
 * must be allowed by the rules that are there now, or it ends: EC2 lets some tracked flows live on after their rule was removed; cutting all is
 * easier to reason about.
 */
export class Conntrack {
  private readonly table: FlowTable<Flow>;

  constructor(capacity = maxFlows) {
    this.table = new FlowTable(capacity);
  }

  get size(): number {
    return this.table.size;
  }

  get evicted(): number {
    return this.table.evicted;
  }

  /** Whether the packet, which leaves through the interface or comes in, belongs to a known flow; if so the flow lives on. */
  admits(packet: Ipv4Packet, outbound: boolean, now: number, rules: CurrentRules): boolean {
    const flow = this.find(packet, outbound, now, rules);
    if (!flow) return false;
    if (outbound !== flow.outbound) flow.replied = true;
    if (packet.rst) flow.reset = true;
    if (packet.fin && outbound) flow.finOut = true;
    if (packet.fin && !outbound) flow.finIn = true;
    this.table.touch(flow, now + idleTime(flow));
    return true;
  }

  /** Whether the packet that an ICMP error quotes belongs to a known flow. It travelled against the error. */
  knowsQuoted(quoted: Ipv4Packet, outbound: boolean, now: number, rules: CurrentRules): boolean {
    return quoted.fragmentOffset === 0 && this.find(quoted, !outbound, now, rules) !== undefined;
  }

  /** Remembers the flow that the packet begins. A packet that no answer can belong to begins none. */
  open(packet: Ipv4Packet, outbound: boolean, now: number, generation: number): void {
    const { protocol } = packet;
    if (packet.fragmentOffset > 0) return;
    if (protocol === icmp && packet.icmpType !== echoRequest) return;
    const local = outbound ? packet.source : packet.destination;
    const remote = outbound ? packet.destination : packet.source;
    const flow = new Flow(local, remote, protocol, portsOf(packet, outbound), outbound, generation);
    const known = this.table.find(local, remote, protocol, flow.ports, now);
    if (known) this.table.delete(known);
    flow.reset = packet.rst;
    flow.expires = now + idleTime(flow);
    this.table.add(flow, now);
  }

  private find(packet: Ipv4Packet, outbound: boolean, now: number, rules: CurrentRules): Flow | undefined {
    const { protocol } = packet;
    if (protocol === icmp && !packet.isEcho) return undefined;
    const local = outbound ? packet.source : packet.destination;
    const remote = outbound ? packet.destination : packet.source;
    const flow = this.table.find(local, remote, protocol, portsOf(packet, outbound), now);
    if (!flow || flow.generation === rules.generation) return flow;
    const set = flow.outbound ? rules.egress : rules.ingress;
    const isIcmp = protocol === icmp;
    if (set.match(protocol, isIcmp ? echoRequest : flow.servicePort, 0, remote)) {
      flow.generation = rules.generation;
      return flow;
    }
    this.table.delete(flow);
    return undefined;
  }
}

/**
 * Local port in the upper half, remote in the lower; the same for both directions. ICMP echo: the identifier, and which side asks, since the
 * other one may ping with the same identifier.
 */
function portsOf(packet: Ipv4Packet, outbound: boolean): number {
  if (packet.protocol === icmp) {
    const asksOut = (packet.icmpType === echoRequest) === outbound;
    return packet.sourcePort | (asksOut ? 0x1_0000 : 0);
  }
  return outbound
    ? (packet.sourcePort << 16) | packet.destinationPort
    : (packet.destinationPort << 16) | packet.sourcePort;
}

function idleTime(flow: Flow): number {
  if (flow.protocol === tcp) {
    if (flow.reset || (flow.finOut && flow.finIn)) return idleMs.tcpClosed;
    return flow.replied ? idleMs.tcp : idleMs.tcpWithoutReply;
  }
  if (flow.protocol === udp) return flow.replied ? idleMs.udpStream : idleMs.udp;
  return flow.protocol === icmp ? idleMs.icmp : idleMs.other;
}

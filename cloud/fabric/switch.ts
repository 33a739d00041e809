import { parseEthernet } from "./frames";

/** A machine's card on the lab network. */
export interface PortSpec {
  /** Name of the machine. */
  readonly name: string;
  /** Lower-case, with colons. */
  readonly mac: string;
  /** IPv4 address. */
  readonly address: string;
}

/** Why a frame went nowhere. */
export type DropReason =
  /** Too short to be an Ethernet frame. */
  | "malformed"
  /** Sent under a MAC address that is not the card's own. */
  | "spoofed-source"
  /** To a MAC address that no card has. */
  | "unknown-destination"
  /** To the sender itself. */
  | "same-port"
  /** The receiver's socket is down: stopped, or still connecting. */
  | "disconnected"
  /** The receiver does not read fast enough. */
  | "queue-full";

export interface PortCounters {
  framesIn: number;
  bytesIn: number;
  framesOut: number;
  bytesOut: number;
  /** Drops by reason; those for lack of a receiver count at the receiver, the others at the sender. */
  readonly drops: Partial<Record<DropReason, number>>;
}

/** Hands a frame to a port's socket; says why when that is not possible. */
export type Transmit = (port: string, frame: Buffer) => "disconnected" | "queue-full" | undefined;

/**
 * The lab network as one Ethernet segment. Cards and their MAC addresses are known from the start, as in a VPC: there is nothing to
 * learn, nothing is flooded but what is sent to a group, and nobody receives what is meant for another.
 */
export class Switch {
  private readonly ports = new Map<string, PortSpec>();
  private readonly byMac = new Map<string, string>();
  private readonly counts = new Map<string, PortCounters>();

  constructor(
    ports: readonly PortSpec[],
    private readonly transmit: Transmit,
  ) {
    this.configure(ports);
  }

  /** Replaces the set of ports. Counters of those that stay go on. */
  configure(ports: readonly PortSpec[]): void {
    this.ports.clear();
    this.byMac.clear();
    for (const port of ports) {
      this.ports.set(port.name, port);
      this.byMac.set(port.mac, port.name);
      if (!this.counts.has(port.name))
        this.counts.set(port.name, { framesIn: 0, bytesIn: 0, framesOut: 0, bytesOut: 0, drops: {} });
    }
    for (const name of this.counts.keys()) if (!this.ports.has(name)) this.counts.delete(name);
  }

  counters(port: string): PortCounters | undefined {
    return this.counts.get(port);
  }

  /** Takes a frame that a port's machine sent. */
  receive(from: string, frame: Buffer): void {
    const sender = this.ports.get(from);
    const counters = this.counts.get(from);
    if (!sender || !counters) return;
    counters.framesIn += 1;
    counters.bytesIn += frame.length;

    const header = parseEthernet(frame);
    if (!header) return drop(counters, "malformed");
    if (header.source !== sender.mac) return drop(counters, "spoofed-source");
    if (header.group) {
      for (const name of this.ports.keys()) if (name !== from) this.deliver(name, frame);
      return;
    }
    const to = this.byMac.get(header.destination);
    if (to === undefined) return drop(counters, "unknown-destination");
    if (to === from) return drop(counters, "same-port");
    this.deliver(to, frame);
  }

  private deliver(to: string, frame: Buffer): void {
    const counters = this.counts.get(to);
    if (!counters) return;
    const problem = this.transmit(to, frame);
    if (problem) return drop(counters, problem);
    counters.framesOut += 1;
    counters.bytesOut += frame.length;
  }
}

function drop(counters: PortCounters, reason: DropReason): void {
  counters.drops[reason] = (counters.drops[reason] ?? 0) + 1;
}

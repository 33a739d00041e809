import { FlowEntry, FlowTable } from "./FlowTable";
import type { Ipv4Packet } from "./ipv4";

/** Fragmented packets that an interface can have under way. */
export const maxFragmentedPackets = 1_024;

/** How long later fragments may take; Linux waits as long for them (net.ipv4.ipfrag_time). */
const lifetimeMs = 30_000;

class FragmentedPacket extends FlowEntry {
  allowed = false;
}

/** Only a first fragment has ports for rules to look at; the later ones follow its verdict. One table per interface. */
export class Fragments {
  private readonly table = new FlowTable<FragmentedPacket>(maxFragmentedPackets);

  get size(): number {
    return this.table.size;
  }

  /** Remembers the verdict on a first fragment. */
  record(packet: Ipv4Packet, outbound: boolean, allowed: boolean, now: number): void {
    let entry = this.find(packet, outbound, now);
    if (!entry) {
      entry = new FragmentedPacket(packet.source, packet.destination, packet.protocol, keyOf(packet, outbound));
      entry.expires = now + lifetimeMs;
      this.table.add(entry, now);
    }
    entry.allowed = allowed;
  }

  /** The verdict on the packet's first fragment; undefined when none was seen. */
  verdict(packet: Ipv4Packet, outbound: boolean, now: number): boolean | undefined {
    return this.find(packet, outbound, now)?.allowed;
  }

  private find(packet: Ipv4Packet, outbound: boolean, now: number): FragmentedPacket | undefined {
    return this.table.find(packet.source, packet.destination, packet.protocol, keyOf(packet, outbound), now);
  }
}

function keyOf(packet: Ipv4Packet, outbound: boolean): number {
  return packet.identification | (outbound ? 0x1_0000 : 0);
}

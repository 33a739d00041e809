/** IPv4 (RFC 791) as far as a router with security groups looks at it. */

export const protocols = { icmp: 1, tcp: 6, udp: 17 } as const;

export const icmpTypes = { echoReply: 0, unreachable: 3, echoRequest: 8 } as const;
/** Destination unreachable, source quench, redirect, time exceeded, parameter problem: they quote the packet that they are about (RFC 1122, 3.2.2). */
const icmpErrors: ReadonlySet<number> = new Set([3, 4, 5, 11, 12]);

const shortestHeader = 20;
const dontFragmentBit = 0x4000;
const moreFragmentsBit = 0x2000;
const offsetBits = 0x1fff;

const tcpFlags = { fin: 1, syn: 2, rst: 4 } as const;

/** Bytes of the transport header that the first fragment must hold: ports and TCP's flags, ICMP's identifier. */
function neededBytes(protocol: number, quoted: boolean): number {
  if (protocol === protocols.tcp) return quoted ? 8 : 20;
  return protocol === protocols.udp || protocol === protocols.icmp ? 8 : 0;
}

/** One packet's header fields. Made once and filled again for each packet, so that the packet path allocates nothing. */
export class Ipv4Packet {
  source = 0;
  destination = 0;
  protocol = 0;
  /** Of header and payload, as the header says. */
  totalBytes = 0;
  identification = 0;
  dontFragment = false;
  moreFragments = false;
  /** In bytes; the fields below are meaningless when it is not 0. */
  fragmentOffset = 0;
  /** TCP and UDP: ports. ICMP echo: the identifier, in both. Else 0. */
  sourcePort = 0;
  destinationPort = 0;
  icmpType = 0;
  icmpCode = 0;
  fin = false;
  rst = false;
  /** Where the transport header starts in the bytes that were read. */
  transport = 0;

  /**
   * Reads the packet at `start`; bytes from its total length to `end` are padding. False when it makes no sense.
   * `quoted`: it is the beginning of a packet that an ICMP error quotes, so the rest is missing.
   */
  read(bytes: Buffer, start: number, end: number, quoted = false): boolean {
    if (end - start < shortestHeader) return false;
    const first = bytes[start]!;
    const headerBytes = (first & 15) * 4;
    if (first >> 4 !== 4 || headerBytes < shortestHeader || headerBytes > end - start) return false;
    this.totalBytes = bytes.readUInt16BE(start + 2);
    if (this.totalBytes < headerBytes || (!quoted && this.totalBytes > end - start)) return false;
    this.identification = bytes.readUInt16BE(start + 4);
    const fragment = bytes.readUInt16BE(start + 6);
    this.dontFragment = (fragment & dontFragmentBit) !== 0;
    this.moreFragments = (fragment & moreFragmentsBit) !== 0;
    this.fragmentOffset = (fragment & offsetBits) * 8;
    this.protocol = bytes[start + 9]!;
    this.source = bytes.readInt32BE(start + 12);
    this.destination = bytes.readInt32BE(start + 16);
    this.transport = start + headerBytes;
    return this.readTransport(bytes, Math.min(end, start + this.totalBytes), quoted);
  }

  get isIcmpError(): boolean {
    return this.protocol === protocols.icmp && icmpErrors.has(this.icmpType);
  }

  get isEcho(): boolean {
    return this.icmpType === icmpTypes.echoRequest || this.icmpType === icmpTypes.echoReply;
  }

  private readTransport(bytes: Buffer, end: number, quoted: boolean): boolean {
    const { protocol, transport } = this;
    this.sourcePort = this.destinationPort = this.icmpType = this.icmpCode = 0;
    this.fin = this.rst = false;
    // A second fragment that starts inside TCP's header would overwrite what was checked (RFC 1858).
    if (this.fragmentOffset > 0) return protocol !== protocols.tcp || this.fragmentOffset >= shortestHeader;
    if (end - transport < neededBytes(protocol, quoted)) return false;
    if (protocol === protocols.icmp) {
      this.icmpType = bytes[transport]!;
      this.icmpCode = bytes[transport + 1]!;
      if (this.isEcho) this.sourcePort = this.destinationPort = bytes.readUInt16BE(transport + 4);
    } else if (protocol === protocols.tcp || protocol === protocols.udp) {
      this.sourcePort = bytes.readUInt16BE(transport);
      this.destinationPort = bytes.readUInt16BE(transport + 2);
      if (protocol === protocols.tcp && !quoted) {
        const flags = bytes[transport + 13]!;
        this.fin = (flags & tcpFlags.fin) !== 0;
        this.rst = (flags & tcpFlags.rst) !== 0;
      }
    }
    return true;
  }
}

/** Multicast, reserved and limited broadcast: 224.0.0.0 and above. */
export function isGroupAddress(address: number): boolean {
  return address >>> 28 >= 14;
}

/** Header without options and with a right checksum. `totalBytes` includes it. */
export function writeIpv4Header(
  frame: Buffer,
  at: number,
  header: { totalBytes: number; protocol: number; source: number; destination: number },
): void {
  frame[at] = 0x45;
  frame.writeUInt16BE(header.totalBytes, at + 2);
  frame[at + 8] = 64;
  frame[at + 9] = header.protocol;
  frame.writeInt32BE(header.source, at + 12);
  frame.writeInt32BE(header.destination, at + 16);
  frame.writeUInt16BE(internetChecksum(frame, at, at + shortestHeader), at + 10);
}

/** RFC 1071. The checksum's own field must be 0 meanwhile. */
export function internetChecksum(bytes: Buffer, start: number, end: number): number {
  let sum = 0;
  for (let i = start; i < end; i += 2) sum += (bytes[i]! << 8) | (i + 1 < end ? bytes[i + 1]! : 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

import { readMac } from "./address";
import { ethernetHeaderBytes, etherType, writeEthernet } from "./ethernet";
import { icmpTypes, internetChecksum, protocols, writeIpv4Header, type Ipv4Packet } from "./ipv4";

const ipv4HeaderBytes = 20;
const icmpHeaderBytes = 8;
const fragmentationNeededCode = 4;

/**
 * "Fragmentation needed" (RFC 1191) from the router at `routerAddress`, to whoever sent the frame at `start`. It quotes the header and the
 * first 8 bytes after it.
 */
export function fragmentationNeededFrame(
  bytes: Buffer,
  start: number,
  packet: Ipv4Packet,
  router: { readonly mac: number; readonly address: number; readonly mtu: number },
): Buffer {
  const quoteStart = start + ethernetHeaderBytes;
  const quoteEnd = packet.transport + 8;
  const totalBytes = ipv4HeaderBytes + icmpHeaderBytes + quoteEnd - quoteStart;
  const frame = Buffer.alloc(ethernetHeaderBytes + totalBytes);
  writeEthernet(frame, readMac(bytes, start + 6), router.mac, etherType.ipv4);
  writeIpv4Header(frame, ethernetHeaderBytes, {
    totalBytes,
    protocol: protocols.icmp,
    source: router.address,
    destination: packet.source,
  });
  const icmp = ethernetHeaderBytes + ipv4HeaderBytes;
  frame[icmp] = icmpTypes.unreachable;
  frame[icmp + 1] = fragmentationNeededCode;
  frame.writeUInt16BE(router.mtu, icmp + 6);
  bytes.copy(frame, icmp + icmpHeaderBytes, quoteStart, quoteEnd);
  frame.writeUInt16BE(internetChecksum(frame, icmp, frame.length), icmp + 2);
  return frame;
}

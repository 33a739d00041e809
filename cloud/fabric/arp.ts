import { readMac, writeMac } from "./address";
import { ethernetHeaderBytes, etherType, writeEthernet } from "./ethernet";

/** ARP for IPv4 on Ethernet (RFC 826). */

const packetBytes = 28;
/** Hardware Ethernet, protocol IPv4, address lengths 6 and 4. */
const prologue = 0x0001_0800;
const lengths = 0x0604;
export const arpRequest = 1;
const arpReply = 2;

interface ArpPacket {
  readonly operation: number;
  readonly senderMac: number;
  readonly senderAddress: number;
  readonly targetAddress: number;
}

/** Reads the ARP packet of the frame that lies from `start` to `end`; undefined when it is none that a VPC knows. */
export function readArp(bytes: Buffer, start: number, end: number): ArpPacket | undefined {
  const at = start + ethernetHeaderBytes;
  if (end - at < packetBytes) return undefined;
  if (bytes.readUInt32BE(at) !== prologue || bytes.readUInt16BE(at + 4) !== lengths) return undefined;
  return {
    operation: bytes.readUInt16BE(at + 6),
    senderMac: readMac(bytes, at + 8),
    senderAddress: bytes.readInt32BE(at + 14),
    targetAddress: bytes.readInt32BE(at + 24),
  };
}

/** The frame that tells who sent `request` that its target address is at `mac`. */
export function arpReplyFrame(request: ArpPacket, mac: number): Buffer {
  const frame = Buffer.alloc(ethernetHeaderBytes + packetBytes);
  writeEthernet(frame, request.senderMac, mac, etherType.arp);
  const at = ethernetHeaderBytes;
  frame.writeUInt32BE(prologue, at);
  frame.writeUInt16BE(lengths, at + 4);
  frame.writeUInt16BE(arpReply, at + 6);
  writeMac(frame, mac, at + 8);
  frame.writeInt32BE(request.targetAddress, at + 14);
  writeMac(frame, request.senderMac, at + 18);
  frame.writeInt32BE(request.senderAddress, at + 24);
  return frame;
}

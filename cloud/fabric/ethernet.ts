import { writeMac } from "./address";

/** Destination, source, type (IEEE 802.3, 3.1.1). */
export const ethernetHeaderBytes = 14;

export const etherType = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd } as const;

export function writeEthernet(frame: Buffer, destination: number, source: number, type: number): void {
  writeMac(frame, destination, 0);
  writeMac(frame, source, 6);
  frame.writeUInt16BE(type, 12);
}

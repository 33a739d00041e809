import { Address4 } from "ip-address";

/**
 * Addresses as the packet path handles them. IPv4: the 32 bits as a signed integer, which V8 keeps without allocating and which `&` yields
 * anyway. MAC: the 48 bits as a number.
 */

/** An IPv4 network. */
export interface Network {
  /** As it was written. */
  readonly text: string;
  readonly first: number;
  readonly mask: number;
  /** Length of the prefix, 0 to 32. */
  readonly prefix: number;
}

/** @throws RangeError when `text` is not an IPv4 address. */
export function parseAddress(text: string): number {
  if (text.includes("/") || !Address4.isValid(text)) throw new RangeError(`"${text}" is not an IPv4 address.`);
  return Number(new Address4(text).bigInt()) | 0;
}

/** Bits after the prefix are ignored, as EC2 does. @throws RangeError when `text` is not an IPv4 CIDR. */
export function parseNetwork(text: string): Network {
  if (!text.includes("/") || !Address4.isValid(text)) throw new RangeError(`"${text}" is not an IPv4 CIDR.`);
  const { subnetMask: prefix } = new Address4(text);
  const mask = prefix === 0 ? 0 : (-1 << (32 - prefix)) | 0;
  return { text, first: parseAddress(text.slice(0, text.indexOf("/"))) & mask, mask, prefix };
}

export function contains(network: Network, address: number): boolean {
  return (address & network.mask) === network.first;
}

export function formatAddress(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** @throws RangeError when `text` is not a MAC address with colons. */
export function parseMac(text: string): number {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)) throw new RangeError(`"${text}" is not a MAC address.`);
  return parseInt(text.replaceAll(":", ""), 16);
}

export function formatMac(mac: number): string {
  return (mac.toString(16).padStart(12, "0").match(/../g) ?? []).join(":");
}

export function readMac(bytes: Buffer, offset: number): number {
  return bytes.readUInt16BE(offset) * 0x1_0000_0000 + bytes.readUInt32BE(offset + 2);
}

export function writeMac(bytes: Buffer, mac: number, offset: number): void {
  bytes.writeUInt16BE(Math.floor(mac / 0x1_0000_0000), offset);
  bytes.writeUInt32BE(mac % 0x1_0000_0000, offset + 2);
}

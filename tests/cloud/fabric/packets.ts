/** Frames as a machine would send them, built here and not by the code under test. */

export const macs = { zero: "00:00:00:00:00:00", all: "ff:ff:ff:ff:ff:ff" } as const;

const bytesOf = (address: string): Buffer => Buffer.from(address.split(".").map(Number));
const macBytes = (mac: string): Buffer => Buffer.from(mac.replaceAll(":", ""), "hex");

function word(value: number, length = 2): Buffer {
  const buffer = Buffer.alloc(length);
  buffer.writeUIntBE(value, 0, length);
  return buffer;
}

export function checksum(bytes: Buffer): number {
  const padded = bytes.length % 2 === 1 ? Buffer.concat([bytes, Buffer.alloc(1)]) : bytes;
  let sum = 0;
  for (let i = 0; i < padded.length; i += 2) sum += padded.readUInt16BE(i);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return 0xffff - sum;
}

export function ethernet(destination: string, source: string, type: number, payload: Buffer): Buffer {
  return Buffer.concat([macBytes(destination), macBytes(source), word(type), payload]);
}

export interface Arp {
  readonly operation?: "request" | "reply";
  readonly senderMac: string;
  readonly senderAddress: string;
  readonly targetMac?: string;
  readonly targetAddress: string;
}

/** An ARP frame: a request goes to all, a reply to the target. */
export function arp({ operation = "request", senderMac, senderAddress, targetMac, targetAddress }: Arp): Buffer {
  const payload = Buffer.concat([
    Buffer.from("0001080006040001", "hex").fill(operation === "request" ? 1 : 2, 7),
    macBytes(senderMac),
    bytesOf(senderAddress),
    macBytes(targetMac ?? macs.zero),
    bytesOf(targetAddress),
  ]);
  return ethernet(targetMac ?? macs.all, senderMac, 0x0806, payload);
}

export interface Ip {
  readonly from: string;
  readonly to: string;
  readonly protocol: number;
  readonly payload: Buffer;
  readonly id?: number;
  readonly dontFragment?: boolean;
  readonly moreFragments?: boolean;
  /** In bytes. */
  readonly offset?: number;
  readonly ttl?: number;
}

export function ipv4(packet: Ip): Buffer {
  const { from, to, protocol, payload, id = 0, offset = 0, ttl = 64 } = packet;
  const flags = (packet.dontFragment ? 0x4000 : 0) | (packet.moreFragments ? 0x2000 : 0) | (offset / 8);
  const header = Buffer.concat([
    Buffer.from([0x45, 0]),
    word(20 + payload.length),
    word(id),
    word(flags),
    Buffer.from([ttl, protocol]),
    word(0),
    bytesOf(from),
    bytesOf(to),
  ]);
  header.writeUInt16BE(checksum(header), 10);
  return Buffer.concat([header, payload]);
}

/** An ICMP message; `rest` are the 4 bytes after the checksum. */
export function icmp(type: number, code: number, rest: number, data: Buffer = Buffer.alloc(0)): Buffer {
  const message = Buffer.concat([Buffer.from([type, code, 0, 0]), word(rest, 4), data]);
  message.writeUInt16BE(checksum(message), 2);
  return message;
}

export const ping = (id = 7): Buffer => icmp(8, 0, id * 0x10000 + 1, Buffer.from("data"));
export const pong = (id = 7): Buffer => icmp(0, 0, id * 0x10000 + 1, Buffer.from("data"));

const flagBits = { fin: 1, syn: 2, rst: 4, ack: 16 } as const;

export function tcp(from: number, to: number, flags: readonly (keyof typeof flagBits)[] = ["syn"]): Buffer {
  const bits = flags.reduce((sum, flag) => sum | flagBits[flag], 0);
  return Buffer.concat([word(from), word(to), Buffer.alloc(8), Buffer.from([0x50, bits]), Buffer.alloc(6)]);
}

export function udp(from: number, to: number, data: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([word(from), word(to), word(8 + data.length), word(0), data]);
}

export const protocolNumbers = { icmp: 1, tcp: 6, udp: 17 } as const;

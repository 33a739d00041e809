/** What a trace shows of a packet's headers. */
export interface Packet {
  readonly from: string;
  readonly to: string;
  readonly protocol: "icmp" | "tcp" | "udp" | "other";
  readonly ttl: number;
  /** The IP header's identification, which stays the same on the packet's whole way. */
  readonly id: number;
  readonly length: number;
  /** TCP and UDP. */
  readonly ports?: { readonly from: number; readonly to: number };
  /** Bits of TCP's flags. */
  readonly flags?: number;
  readonly icmp?: { readonly type: number; readonly code: number; readonly id: number };
}

/** TCP's flags, by their bits (RFC 9293, 3.1). */
export const tcpFlags = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const;
/** ICMP's types (RFC 792). */
export const icmpMessages = { echoReply: 0, unreachable: 3, echoRequest: 8, timeExceeded: 11 } as const;

const protocolNames: ReadonlyMap<number, Packet["protocol"]> = new Map([
  [1, "icmp"],
  [6, "tcp"],
  [17, "udp"],
]);

/**
 * Reads what `nft -n monitor trace` prints after `packet:`. Where nft has no link layer header to begin with, as on a card's way
 * out, it prints the raw network header as one number.
 *
 * @returns undefined for anything but IPv4
 */
export function readPacket(text: string): Packet | undefined {
  const raw = /@nh,0,160 0x([0-9a-f]+)/.exec(text)?.[1];
  if (raw !== undefined) return fromRaw(raw, /@th,0,160 0x([0-9a-f]+)/.exec(text)?.[1]);
  const word = (name: string) => new RegExp(`(?:^| )${name} (?:== )?(\\S+)`).exec(text)?.[1];
  const number = (name: string) => Number(word(name) ?? Number.NaN);
  const [from, to] = [word("ip saddr"), word("ip daddr")];
  if (from === undefined || to === undefined) return undefined;
  const base = { from, to, ttl: number("ip ttl"), id: number("ip id"), length: number("ip length") };
  for (const protocol of ["tcp", "udp"] as const)
    if (word(`${protocol} sport`) !== undefined) {
      const ports = { from: number(`${protocol} sport`), to: number(`${protocol} dport`) };
      return { ...base, protocol, ports, ...(protocol === "tcp" && { flags: number("tcp flags") }) };
    }
  if (word("icmp type") === undefined) return { ...base, protocol: "other" };
  // A message without a number of its own, such as that a host is not reachable, has 0 there.
  const id = number("icmp id") || 0;
  return { ...base, protocol: "icmp", icmp: { type: number("icmp type"), code: number("icmp code"), id } };
}

/** The bytes of both headers; nft leaves out leading zeros of a number. */
function fromRaw(network: string, transport: string | undefined): Packet | undefined {
  const ip = bytes(network);
  if (ip[0] !== 0x45) return undefined;
  const address = (at: number) => [...ip.subarray(at, at + 4)].join(".");
  const protocol = protocolNames.get(ip[9] ?? 0) ?? "other";
  const base = {
    ...{ from: address(12), to: address(16), protocol },
    ...{ ttl: ip[8] ?? 0, id: ip.readUInt16BE(4), length: ip.readUInt16BE(2) },
  };
  if (transport === undefined) return base;
  const head = bytes(transport);
  if (protocol === "icmp")
    return { ...base, icmp: { type: head[0] ?? 0, code: head[1] ?? 0, id: head.readUInt16BE(4) } };
  const ports = { from: head.readUInt16BE(0), to: head.readUInt16BE(2) };
  return protocol === "tcp" ? { ...base, ports, flags: head[13] ?? 0 } : protocol === "udp" ? { ...base, ports } : base;
}

function bytes(hex: string): Buffer {
  return Buffer.from(hex.padStart(40, "0"), "hex");
}

/** Sender, receiver, and what distinguishes the flow; what address translation changes, and nothing else. */
export function flowOf({ from, to, ports, icmp }: Packet): string {
  return `${withPort(from, ports?.from)} > ${withPort(to, ports?.to)}${icmp === undefined ? "" : ` id ${icmp.id}`}`;
}

/** The same flow as its answers have it. */
export function answerFlowOf({ from, to, ports, icmp, ...rest }: Packet): string {
  const turned = ports && { from: ports.to, to: ports.from };
  return flowOf({ ...rest, from: to, to: from, ...(turned && { ports: turned }), ...(icmp && { icmp }) });
}

/** An address, with a port where there is one. */
export function withPort(address: string, port: number | undefined): string {
  return port === undefined ? address : `${address}:${port}`;
}

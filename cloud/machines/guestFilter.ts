import { networkInterfaces } from "node:os";
import { contains, parseAddress, parseNetwork, type Network } from "../fabric/address";
import { etherType, ethernetHeaderBytes } from "../fabric/ethernet";
import { Ipv4Packet, protocols } from "../fabric/ipv4";
import type { NetworkConfig } from "../fabric/network";

/** QEMU's user network: every address of it but the name server leads to this computer's loopback, and so do these others. */
const userNetwork = { first: parseAddress("10.0.2.0"), mask: -1 << 8 };
const nameServer = parseAddress("10.0.2.3");
const broadcast = -1;
const ports = { dns: 53, dhcp: 67 } as const;
const flags = { syn: 2, ack: 16 } as const;

/** How long the addresses of this computer's interfaces are taken for true. */
const ownAddressesMs = 5_000;

/** Shorter prefixes are the default route, or halves of it. */
const longEnough = 8;

/**
 * Decides which frames of machines may enter QEMU's user network, which would connect them to whatever this computer's user runs on
 * loopback. Machines reach the Internet, the name server and DHCP, the ports that are open, and answer who connects to them. What is
 * for an address of their VPC and has lost its way, as without a route on a host, ends here: on a network of this computer's user,
 * somebody else might have that address.
 */
export class GuestFilter {
  private readonly packet = new Ipv4Packet();
  private own = new Set<number>();
  private ownUntil = 0;

  private opened: ReadonlySet<number> = new Set();
  private inside: readonly Network[] = [];

  constructor(private readonly ownAddresses: () => readonly string[] = interfaceAddresses) {}

  /** Lets machines reach these TCP ports of this computer, and no others. */
  open(tcpPorts: readonly number[]): void {
    this.opened = new Set(tcpPorts);
  }

  /** Takes the networks of the VPCs, and those to which their routes lead inside, for the machines' own from now on. */
  keepInside({ vpcs }: NetworkConfig): void {
    const cidrs = vpcs.flatMap((vpc) => [
      ...vpc.cidrs,
      ...vpc.routeTables.flatMap(({ routes }) =>
        routes.filter(({ target }) => target.kind !== "internet-gateway").map(({ destination }) => destination),
      ),
    ]);
    this.inside = [...new Set(cidrs)].map(parseNetwork).filter(({ prefix }) => prefix >= longEnough);
  }

  passes(bytes: Buffer, start: number, end: number): boolean {
    if (end - start < ethernetHeaderBytes) return false;
    const type = bytes.readUInt16BE(start + 12);
    if (type === etherType.arp) return true;
    const { packet } = this;
    if (type !== etherType.ipv4 || !packet.read(bytes, start + ethernetHeaderBytes, end)) return false;
    const { destination } = packet;
    if (this.leadsHere(destination)) return this.mayEnter(bytes);
    return !this.inside.some((network) => contains(network, destination));
  }

  private mayEnter(bytes: Buffer): boolean {
    const { protocol, destination, destinationPort, transport, moreFragments, fragmentOffset } = this.packet;
    // What is put together only behind us is not looked at here.
    if (moreFragments || fragmentOffset > 0) return false;
    if (protocol === protocols.icmp) return true;
    const isDns = destination === nameServer && destinationPort === ports.dns;
    if (protocol === protocols.udp) return isDns || destinationPort === ports.dhcp;
    if (protocol !== protocols.tcp) return false;
    const opens = (bytes[transport + 13]! & (flags.syn | flags.ack)) === flags.syn;
    return !opens || isDns || (this.hasPorts(destination) && this.opened.has(destinationPort));
  }

  /** Where a port that is open is reached: on the user network, and where this computer's neighbours reach it too. */
  private hasPorts(destination: number): boolean {
    return isInUserNetwork(destination) || (destination >>> 24 !== 127 && this.isOwn(destination));
  }

  private leadsHere(destination: number): boolean {
    const network = destination >>> 24;
    return (
      isInUserNetwork(destination) ||
      network === 0 ||
      network === 127 ||
      destination === broadcast ||
      this.isOwn(destination)
    );
  }

  private isOwn(address: number): boolean {
    const now = Date.now();
    if (now >= this.ownUntil || now < this.ownUntil - ownAddressesMs) {
      this.own = new Set(this.ownAddresses().map(parseAddress));
      this.ownUntil = now + ownAddressesMs;
    }
    return this.own.has(address);
  }
}

const isInUserNetwork = (address: number): boolean => (address & userNetwork.mask) === userNetwork.first;

function interfaceAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).filter(({ family }) => family === "IPv4").map(({ address }) => address),
  );
}

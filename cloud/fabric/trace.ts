import { contains, formatAddress, parseAddress } from "./address";
import type { DropReason } from "./drops";
import { ethernetHeaderBytes, etherType, writeEthernet } from "./ethernet";
import type { Forwarding } from "./Forwarding";
import { icmpTypes, protocols, writeIpv4Header } from "./ipv4";
import { resolve, type VpcInterface } from "./topology";
import { TraceWitness, type TraceStep } from "./TraceWitness";

export interface TraceRequest {
  /** The network interface that sends, `eni-...`. */
  readonly from: string;
  /** Source address. @default the primary address of `from` */
  readonly source?: string;
  readonly destination: string;
  /** icmp: a ping. */
  readonly protocol: "icmp" | "tcp" | "udp";
  /** Destination port, needed for TCP and UDP. */
  readonly port?: number;
  /** As the host's own routing table gives it. @default the destination when it is in the sender's subnet, else the subnet's router */
  readonly nextHop?: string;
}

export interface TraceResult {
  readonly delivered: boolean;
  readonly dropReason?: DropReason;
  readonly steps: readonly TraceStep[];
  /** The interface that gets the packet, or refused it. */
  readonly to?: string;
}

const ephemeralPort = 49_152;

/** Sends a packet that does not exist through `forwarding`, with a witness who writes down what it sees. */
export function traceRoute(
  request: TraceRequest,
  sender: VpcInterface,
  forwarding: Forwarding,
  now: number,
  isConnected: (interfaceId: string) => boolean,
): TraceResult {
  const { subnet } = sender;
  const destination = parseAddress(request.destination);
  const nextHop = request.nextHop === undefined ? defaultNextHop(sender, destination) : parseAddress(request.nextHop);
  const witness = new TraceWitness();
  const nextHopMac = resolve(subnet, nextHop);
  if (nextHopMac === undefined || nextHopMac === sender.mac) {
    const hop = formatAddress(nextHop);
    const text =
      nextHopMac === undefined
        ? `nobody answers ARP for the next hop ${hop}: no interface in ${subnet.id} has that address`
        : `the next hop ${hop} is ${sender.label} itself`;
    return { delivered: false, dropReason: "arp-unknown", steps: [{ where: subnet.id, text, ok: false }] };
  }

  const frame = buildFrame(request, sender, destination, nextHopMac);
  let dropReason = forwarding.decide(sender, frame, 0, frame.length, now, witness);
  const { receiver } = forwarding;
  if (receiver && !dropReason) {
    if (!isConnected(receiver.id)) dropReason = "disconnected";
    witness.arrival(receiver, destination, dropReason === undefined);
  } else if (dropReason) witness.explain(dropReason, sender, destination);
  return {
    delivered: dropReason === undefined,
    ...(dropReason ? { dropReason } : {}),
    steps: witness.steps,
    ...(receiver ? { to: receiver.id } : {}),
  };
}

function defaultNextHop({ subnet }: VpcInterface, destination: number): number {
  return contains(subnet.network, destination) ? destination : subnet.routerAddress;
}

function buildFrame(request: TraceRequest, sender: VpcInterface, destination: number, nextHopMac: number): Buffer {
  const protocol = protocols[request.protocol];
  const { port, source } = request;
  if (protocol !== protocols.icmp && !(port !== undefined && Number.isInteger(port) && port >= 0 && port <= 65_535))
    throw new RangeError(`A trace of ${request.protocol} needs a port from 0 to 65535.`);
  const transport = ethernetHeaderBytes + 20;
  const frame = Buffer.alloc(transport + 20);
  writeEthernet(frame, nextHopMac, sender.mac, etherType.ipv4);
  writeIpv4Header(frame, ethernetHeaderBytes, {
    totalBytes: frame.length - ethernetHeaderBytes,
    protocol,
    source: source === undefined ? ([...sender.addresses][0] ?? 0) : parseAddress(source),
    destination,
  });
  if (protocol === protocols.icmp) frame[transport] = icmpTypes.echoRequest;
  else {
    frame.writeUInt16BE(ephemeralPort, transport);
    frame.writeUInt16BE(port ?? 0, transport + 2);
  }
  return frame;
}

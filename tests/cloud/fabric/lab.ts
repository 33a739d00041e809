import type { InterfaceConfig, RouteConfig, SecurityGroupConfig, VpcConfig } from "../../../cloud/fabric/network";
import { formatMac } from "../../../cloud/fabric/address";
import { routerMac } from "../../../cloud/fabric/topology";
import { VpcRouter, type InterfaceStatus } from "../../../cloud/fabric/VpcRouter";
import { ethernet, ipv4, protocolNumbers, type Ip } from "./packets";

export const routerMacs = {
  a: formatMac(routerMac("subnet-a")),
  b: formatMac(routerMac("subnet-b")),
};

/** A node's interface: node N has 02:00:00:00:00:0N, 10.240.SUBNET.8N and pods in 10.200.N.0/24. */
export function node(n: number, subnet: "a" | "b", changes: Partial<InterfaceConfig> = {}): InterfaceConfig {
  return {
    id: `eni-${n}`,
    subnetId: `subnet-${subnet}`,
    mac: `02:00:00:00:00:0${n}`,
    addresses: [`10.240.${subnet === "a" ? 0 : 1}.8${n}`],
    securityGroupIds: ["sg-lab"],
    sourceDestCheck: false,
    instanceId: `i-${n}`,
    name: `node-${n}`,
    ...changes,
  };
}

export const podRoute = (n: number): RouteConfig => ({
  destination: `10.200.${n}.0/24`,
  target: { kind: "interface", id: `eni-${n}` },
});

export const internetRoute: RouteConfig = {
  destination: "0.0.0.0/0",
  target: { kind: "internet-gateway", id: "igw-1" },
};

export const labGroup: SecurityGroupConfig = {
  id: "sg-lab",
  ingress: [
    { id: "sgr-members", protocol: "-1", peer: { groupId: "sg-lab" } },
    { id: "sgr-pods", protocol: "-1", peer: { cidr: "10.200.0.0/16" } },
  ],
  egress: [{ id: "sgr-out", protocol: "-1", peer: { cidr: "0.0.0.0/0" } }],
};

/** node-0 and node-1 in subnet a, node-2 in subnet b, as the two-zone lab has them. */
export function labVpc(changes: Partial<VpcConfig> = {}): VpcConfig {
  return {
    id: "vpc-1",
    cidrs: ["10.240.0.0/16"],
    subnets: [
      { id: "subnet-a", cidr: "10.240.0.0/24", routeTableId: "rtb-1" },
      { id: "subnet-b", cidr: "10.240.1.0/24", routeTableId: "rtb-1" },
    ],
    routeTables: [{ id: "rtb-1", routes: [podRoute(0), podRoute(1), podRoute(2), internetRoute] }],
    securityGroups: [labGroup],
    interfaces: [node(0, "a"), node(1, "a"), node(2, "b")],
    ...changes,
  };
}

/** A packet from a node to a MAC address: `router` or another node's number. */
export type Packet = Omit<Ip, "protocol"> & {
  readonly protocol?: number;
  readonly node: number;
  readonly via: number | "router";
};

/** A router between machines that are only lists of what they got. */
export class Lab {
  /** What machines got since the last look, as `eni-1: hex`. */
  sent: { to: string; frame: Buffer }[] = [];
  now = 1_000_000;
  refuse: Partial<Record<string, "disconnected" | "queue-full">> = {};
  readonly router = new VpcRouter({
    transmit: (to, bytes, start, end) => {
      const refused = this.refuse[to];
      if (refused === undefined) this.sent.push({ to, frame: Buffer.from(bytes.subarray(start, end)) });
      return refused;
    },
    isConnected: (id) => this.refuse[id] !== "disconnected",
    now: () => this.now,
  });

  constructor(...vpcs: VpcConfig[]) {
    this.router.configure({ vpcs: vpcs.length > 0 ? vpcs : [labVpc()] });
  }

  configure(changes: Partial<VpcConfig>): void {
    this.router.configure({ vpcs: [labVpc(changes)] });
  }

  /** Lets an interface's machine send a frame; gives what machines got for it. */
  send(from: string, frame: Buffer): { to: string; frame: Buffer }[] {
    this.sent = [];
    this.router.receive(from, Buffer.from(frame));
    return this.sent;
  }

  /** Lets a node send a packet; gives the interfaces that got something. */
  sendPacket(packet: Packet): string[] {
    return this.send(`eni-${packet.node}`, frameOf(packet)).map(({ to }) => to);
  }

  status(id: string): InterfaceStatus {
    const found = this.router.status().find((status) => status.id === id);
    if (!found) throw new Error(`no ${id}`);
    return found;
  }

  drops(id: string): InterfaceStatus["drops"] {
    return this.status(id).drops;
  }
}

export function frameOf({ node: from, via, protocol = protocolNumbers.icmp, ...packet }: Packet): Buffer {
  const router = from === 2 ? routerMacs.b : routerMacs.a;
  const destination = via === "router" ? router : `02:00:00:00:00:0${via}`;
  return ethernet(destination, `02:00:00:00:00:0${from}`, 0x0800, ipv4({ ...packet, protocol }));
}

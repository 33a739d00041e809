import { expect } from "chai";
import type { DropReason } from "../../../cloud/fabric/drops";
import type { SecurityGroupRuleConfig, VpcConfig } from "../../../cloud/fabric/network";
import type { TraceRequest } from "../../../cloud/fabric/trace";
import { frameOf, internetRoute, Lab, labGroup, labVpc, node, podRoute } from "./lab";
import { ping, protocolNumbers, tcp, udp } from "./packets";

interface Case {
  readonly what: string;
  readonly vpc?: Partial<VpcConfig>;
  /** From eni-0, in subnet a. */
  readonly source?: string;
  readonly destination: string;
  /** @default "icmp" */
  readonly protocol?: "icmp" | "tcp" | "udp";
  readonly port?: number;
  /** Number of the peer that is the next hop. @default as the host of a flat subnet would choose */
  readonly via?: number | "router";
  readonly delivered?: string;
  readonly dropped?: DropReason;
  /** Where the drop is counted. @default "eni-0" */
  readonly at?: string;
  /** Texts that the steps must have, `where: text`. */
  readonly steps: readonly string[];
}

const addresses = ["10.240.0.80", "10.240.0.81", "10.240.1.82"] as const;
const pod = (n: number): string => `10.200.${n}.5`;
const routes = (...list: VpcConfig["routeTables"][number]["routes"][number][]): Partial<VpcConfig> => ({
  routeTables: [{ id: "rtb-1", routes: list }],
});
const groups = (ingress: SecurityGroupRuleConfig[], egress = labGroup.egress): Partial<VpcConfig> => ({
  securityGroups: [{ id: "sg-lab", ingress, egress }],
});
const all = { id: "sgr-all", protocol: "-1", peer: { cidr: "0.0.0.0/0" } } as const;
const members = labGroup.ingress.slice(0, 1);
const checked = (n: number): Partial<VpcConfig> => ({
  interfaces: [0, 1, 2].map((i) => node(i, i === 2 ? "b" : "a", { sourceDestCheck: i === n })),
});

const cases: Case[] = [
  {
    what: "a peer in the same subnet",
    destination: addresses[1],
    delivered: "eni-1",
    steps: [
      "eni-0: eni-0 (node-0) sends from its own address 10.240.0.80",
      "sg-lab: eni-0 (node-0): allowed by sg-lab, rule sgr-out: all to 0.0.0.0/0",
      "subnet-a: the next hop is eni-1 (node-1) in the same subnet: no route table is asked",
      "sg-lab: eni-1 (node-1): allowed by sg-lab, rule sgr-members: all from sg-lab",
      "eni-1: delivered to eni-1 (node-1)",
    ],
  },
  {
    what: "a peer in another subnet",
    destination: addresses[2],
    delivered: "eni-2",
    steps: [
      "subnet-a: the next hop is the router 10.240.0.1, which uses rtb-1",
      "rtb-1: rtb-1: 10.240.0.0/16 -> local",
      "subnet-b: 10.240.1.82 is eni-2 (node-2)",
    ],
  },
  {
    what: "the local route before a longer prefix",
    vpc: routes({ destination: "10.240.1.0/24", target: { kind: "interface", id: "eni-1" } }),
    destination: addresses[2],
    delivered: "eni-2",
    steps: ["rtb-1: rtb-1: 10.240.0.0/16 -> local"],
  },
  {
    what: "pod to pod in another subnet, by the VPC's route",
    source: pod(0),
    destination: pod(2),
    delivered: "eni-2",
    steps: [
      "eni-0: eni-0 (node-0) may send from 10.200.0.5: its source/destination check is off",
      "rtb-1: rtb-1: 10.200.2.0/24 -> eni-2 (node-2)",
      "eni-2: eni-2 (node-2) may receive for 10.200.2.5: its source/destination check is off",
      "sg-lab: eni-2 (node-2): allowed by sg-lab, rule sgr-pods: all from 10.200.0.0/16",
      "eni-2: delivered to eni-2 (node-2); i-2 forwards it on from there, by its own routes",
    ],
  },
  {
    what: "pod to pod in the same subnet, by the host's route",
    vpc: routes(),
    source: pod(0),
    destination: pod(1),
    via: 1,
    delivered: "eni-1",
    steps: ["eni-1: delivered to eni-1 (node-1); i-1 forwards it on from there, by its own routes"],
  },
  {
    what: "longest prefix",
    vpc: routes(
      { destination: "10.200.0.0/16", target: { kind: "interface", id: "eni-1" } },
      internetRoute,
      podRoute(2),
      { destination: "10.200.2.5/32", target: { kind: "interface", id: "eni-1" } },
    ),
    source: pod(0),
    destination: pod(2),
    delivered: "eni-1",
    steps: ["rtb-1: rtb-1: 10.200.2.5/32 -> eni-1 (node-1)"],
  },
  {
    what: "a shorter prefix where no longer one covers it",
    vpc: routes({ destination: "10.200.0.0/16", target: { kind: "interface", id: "eni-1" } }, podRoute(2)),
    source: pod(0),
    destination: pod(3),
    delivered: "eni-1",
    steps: ["rtb-1: rtb-1: 10.200.0.0/16 -> eni-1 (node-1)"],
  },
  {
    what: "no route",
    vpc: routes(podRoute(1)),
    source: pod(0),
    destination: pod(2),
    dropped: "no-route",
    steps: ["rtb-1: rtb-1: no route covers 10.200.2.5; one to its network is missing"],
  },
  {
    what: "a blackhole",
    vpc: routes({ destination: "10.200.2.0/24", target: { kind: "blackhole", id: "eni-gone" } }, internetRoute),
    source: pod(0),
    destination: pod(2),
    dropped: "blackhole",
    steps: ["rtb-1: rtb-1: 10.200.2.0/24 -> eni-gone (blackhole): the target is gone or its instance does not run"],
  },
  {
    what: "a route to an interface that is not there",
    vpc: routes({ destination: "10.200.2.0/24", target: { kind: "interface", id: "eni-9" } }),
    source: pod(0),
    destination: pod(2),
    dropped: "blackhole",
    steps: ["rtb-1: rtb-1: 10.200.2.0/24 -> eni-9 (blackhole): the target is gone or its instance does not run"],
  },
  {
    what: "the internet",
    vpc: routes(internetRoute),
    source: pod(0),
    destination: pod(2),
    dropped: "internet",
    steps: [
      "rtb-1: rtb-1: 0.0.0.0/0 -> igw-1: the embedded VPC has no internet; if 10.200.2.5 is a pod's, a route to its network is missing",
    ],
  },
  {
    what: "an address of the VPC that nobody has",
    destination: "10.240.7.7",
    dropped: "no-such-address",
    steps: ["vpc-1: no interface of vpc-1 has 10.240.7.7"],
  },
  {
    what: "the router itself",
    destination: "10.240.0.1",
    dropped: "router-address",
    steps: ["vpc-1: 10.240.0.1 is a router, which answers ARP and nothing else"],
  },
  {
    what: "the sender's source check",
    vpc: checked(0),
    source: pod(0),
    destination: pod(1),
    via: 1,
    dropped: "source-check",
    steps: [
      "eni-0: eni-0 (node-0): source/destination check: 10.200.0.5 is none of its addresses; only with the check off may it send from it",
    ],
  },
  {
    what: "the receiver's destination check, by the host's route",
    vpc: checked(1),
    source: pod(0),
    destination: pod(1),
    via: 1,
    dropped: "destination-check",
    at: "eni-1",
    steps: [
      "eni-1: eni-1 (node-1): source/destination check: 10.200.1.5 is none of its addresses; only with the check off may it receive for it",
    ],
  },
  {
    what: "the receiver's destination check, by the VPC's route",
    vpc: checked(2),
    source: pod(0),
    destination: pod(2),
    dropped: "destination-check",
    at: "eni-2",
    steps: ["rtb-1: rtb-1: 10.200.2.0/24 -> eni-2 (node-2)"],
  },
  {
    what: "both checks on, own addresses",
    vpc: { interfaces: [0, 1].map((n) => node(n, "a", { sourceDestCheck: true })) },
    destination: addresses[1],
    delivered: "eni-1",
    steps: [],
  },
  {
    what: "a group that does not cover pods",
    vpc: groups(members),
    source: pod(0),
    destination: addresses[2],
    dropped: "ingress-group",
    at: "eni-2",
    steps: [
      "sg-lab: eni-2 (node-2): no ingress rule of sg-lab allows icmp from 10.200.0.5; sg-lab, rule sgr-members: all from sg-lab does not " +
        "cover it: groups cover members' own addresses only, so a rule for its CIDR is missing",
    ],
  },
  {
    what: "a group within a subnet",
    vpc: groups([]),
    destination: addresses[1],
    dropped: "ingress-group",
    at: "eni-1",
    steps: ["sg-lab: eni-1 (node-1): no ingress rule of sg-lab allows icmp from 10.240.0.80"],
  },
  {
    what: "an interface without a group",
    vpc: { interfaces: [node(0, "a", { securityGroupIds: [] }), node(1, "a")] },
    destination: addresses[1],
    dropped: "egress-group",
    steps: [
      "eni-0: eni-0 (node-0): no egress rule of its security groups, of which it has none, allows icmp to 10.240.0.81",
    ],
  },
  {
    what: "an egress rule for other addresses",
    vpc: groups([all], [{ ...all, peer: { cidr: "10.200.0.0/16" } }]),
    destination: addresses[1],
    dropped: "egress-group",
    steps: ["sg-lab: eni-0 (node-0): no egress rule of sg-lab allows icmp to 10.240.0.81"],
  },
  {
    what: "the union of several groups",
    vpc: {
      securityGroups: [
        { id: "sg-none", ingress: [], egress: [] },
        { id: "sg-lab", ingress: [all], egress: [all] },
      ],
      interfaces: [0, 1].map((n) => node(n, "a", { securityGroupIds: ["sg-none", "sg-lab"] })),
    },
    destination: addresses[1],
    delivered: "eni-1",
    steps: ["sg-none, sg-lab: eni-1 (node-1): allowed by sg-lab, rule sgr-all: all from 0.0.0.0/0"],
  },
  ...(["tcp", "udp"] as const).flatMap((protocol): Case[] => {
    const rule = { id: "sgr-p", protocol, fromPort: 80, toPort: 90, peer: { cidr: "10.240.0.0/24" } };
    const to = { vpc: groups([rule]), destination: addresses[1], protocol };
    const denied = (port: number): Case => ({
      ...to,
      what: `${protocol} ${port} outside of the ports`,
      port,
      dropped: "ingress-group",
      at: "eni-1",
      steps: [`sg-lab: eni-1 (node-1): no ingress rule of sg-lab allows ${protocol} port ${port} from 10.240.0.80`],
    });
    const allowed = (port: number): Case => ({
      ...to,
      what: `${protocol} ${port} within the ports`,
      port,
      delivered: "eni-1",
      steps: [`sg-lab: eni-1 (node-1): allowed by sg-lab, rule sgr-p: ${protocol} 80-90 from 10.240.0.0/24`],
    });
    return [denied(79), allowed(80), allowed(90), denied(91)];
  }),
  {
    what: "another protocol than the rule's",
    vpc: groups([{ ...all, protocol: "tcp" }]),
    destination: addresses[1],
    protocol: "udp",
    port: 53,
    dropped: "ingress-group",
    at: "eni-1",
    steps: [],
  },
  {
    what: "a protocol by number",
    vpc: groups([{ ...all, protocol: "17" }]),
    destination: addresses[1],
    protocol: "udp",
    port: 53,
    delivered: "eni-1",
    steps: [],
  },
  {
    what: "the ICMP type of a ping",
    vpc: groups([{ ...all, protocol: "icmp", fromPort: 8, toPort: -1 }]),
    destination: addresses[1],
    delivered: "eni-1",
    steps: [],
  },
  {
    what: "another ICMP type than a ping's",
    vpc: groups([{ ...all, protocol: "icmp", fromPort: 3, toPort: -1 }]),
    destination: addresses[1],
    dropped: "ingress-group",
    at: "eni-1",
    steps: [],
  },
  {
    what: "another ICMP code than a ping's",
    vpc: groups([{ ...all, protocol: "icmp", fromPort: 8, toPort: 1 }]),
    destination: addresses[1],
    dropped: "ingress-group",
    at: "eni-1",
    steps: [],
  },
  {
    what: "multicast",
    destination: "224.0.0.251",
    dropped: "multicast",
    steps: ["subnet-a: 224.0.0.251 is a multicast or broadcast address; a VPC carries none"],
  },
];

describe("trace", () => {
  for (const test of cases) {
    const { what, vpc, source, destination, protocol = "icmp", port, delivered, dropped, at = "eni-0", steps } = test;
    const peer = destination === addresses[1] ? 1 : "router";
    const via = test.via ?? peer;

    it(`${what}: ${delivered ?? dropped}, as the packet does`, () => {
      const lab = new Lab(labVpc(vpc));
      const before = JSON.stringify(lab.router.status());
      const request: TraceRequest = {
        from: "eni-0",
        destination,
        protocol,
        ...(source === undefined ? {} : { source }),
        ...(port === undefined ? {} : { port }),
        ...(test.via === undefined ? {} : { nextHop: addresses[Number(via)] ?? "" }),
      };
      const result = lab.router.trace(request);
      expect(result.delivered).to.equal(delivered !== undefined);
      expect(result.dropReason).to.equal(dropped);
      if (delivered) expect(result.to).to.equal(delivered);
      const texts = result.steps.map((step) => `${step.where}: ${step.text}`);
      expect(texts).to.include.members([...steps]);
      expect(result.steps.filter(({ ok }) => !ok).length, "the last step of a drop, and only it, says no").to.equal(
        dropped ? 1 : 0,
      );
      expect(result.steps.at(-1)?.ok).to.equal(!dropped);
      expect(lab.sent).to.deep.equal([]);
      expect(JSON.stringify(lab.router.status()), "leaves no trace").to.equal(before);

      const payload =
        protocol === "icmp" ? ping() : protocol === "tcp" ? tcp(49_152, port ?? 0) : udp(49_152, port ?? 0);
      const from = source ?? addresses[0];
      const frame = frameOf({ node: 0, via, from, to: destination, protocol: protocolNumbers[protocol], payload });
      expect(lab.send("eni-0", frame).map(({ to }) => to)).to.deep.equal(delivered ? [delivered] : []);
      for (const id of ["eni-0", "eni-1"]) {
        expect(lab.drops(id), id).to.deep.equal(dropped && id === at ? { [dropped]: 1 } : {});
      }
    });
  }

  it("finds a next hop that nobody answers for", () => {
    const lab = new Lab();
    const text = "nobody answers ARP for the next hop 10.240.0.99: no interface in subnet-a has that address";
    const expected = { delivered: false, dropReason: "arp-unknown", steps: [{ where: "subnet-a", text, ok: false }] };
    const request = { from: "eni-0", protocol: "icmp" } as const;
    expect(lab.router.trace({ ...request, destination: "10.240.0.99" })).to.deep.equal(expected);
    expect(lab.router.trace({ ...request, destination: pod(1), nextHop: "10.240.0.99" })).to.deep.equal(expected);
    const self = lab.router.trace({ ...request, destination: addresses[0] });
    expect(self.steps[0]?.text).to.equal("the next hop 10.240.0.80 is eni-0 (node-0) itself");
  });

  it("says that the receiver's machine does not run", () => {
    const lab = new Lab();
    lab.refuse = { "eni-1": "disconnected" };
    const result = lab.router.trace({ from: "eni-0", destination: addresses[1], protocol: "icmp" });
    expect(result.dropReason).to.equal("disconnected");
    expect(result.to).to.equal("eni-1");
    expect(result.steps.at(-1)).to.deep.equal({
      where: "eni-1",
      text: "eni-1 (node-1) is not connected: its machine does not run",
      ok: false,
    });
  });

  it("asks about a new flow, whatever flows there are", () => {
    const lab = new Lab();
    const packet = { node: 0, via: 1, from: addresses[0], to: addresses[1] } as const;
    lab.sendPacket({ ...packet, payload: ping(0) });
    lab.configure(groups([]));
    expect(lab.router.trace({ from: "eni-0", destination: addresses[1], protocol: "icmp" }).dropReason).to.equal(
      "ingress-group",
    );
  });

  it("refuses what it cannot ask", () => {
    const { router } = new Lab();
    const request = { from: "eni-0", destination: addresses[1], protocol: "tcp" } as const;
    expect(() => router.trace(request)).to.throw("A trace of tcp needs a port from 0 to 65535.");
    expect(() => router.trace({ ...request, port: 65_536 })).to.throw("needs a port");
    expect(() => router.trace({ ...request, port: 80, from: "eni-9" })).to.throw(
      "There is no network interface eni-9.",
    );
    expect(() => router.trace({ ...request, port: 80, destination: "node-1" })).to.throw(
      '"node-1" is not an IPv4 address.',
    );
  });
});

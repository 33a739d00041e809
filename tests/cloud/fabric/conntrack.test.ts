import { expect } from "chai";
import fc from "fast-check";
import { Conntrack, maxFlows } from "../../../cloud/fabric/conntrack";
import { FlowEntry, FlowTable } from "../../../cloud/fabric/FlowTable";
import { Ipv4Packet } from "../../../cloud/fabric/ipv4";
import type { SecurityGroupRuleConfig } from "../../../cloud/fabric/network";
import { compileRules } from "../../../cloud/fabric/securityGroups";
import { Lab, labVpc, node, type Packet } from "./lab";
import { icmp, ipv4, ping, pong, protocolNumbers, tcp, udp } from "./packets";

const [a, b] = ["10.240.0.80", "10.240.0.81"] as const;
const all: SecurityGroupRuleConfig = { id: "sgr-all", protocol: "-1", peer: { cidr: "0.0.0.0/0" } };

/** node-0 may send everything and receive nothing; node-1 may receive everything and send nothing. */
function oneWay(open = true): ReturnType<typeof labVpc> {
  return labVpc({
    interfaces: [node(0, "a", { securityGroupIds: ["sg-client"] }), node(1, "a", { securityGroupIds: ["sg-server"] })],
    securityGroups: [
      { id: "sg-client", ingress: [], egress: [all] },
      { id: "sg-server", ingress: open ? [all] : [], egress: [] },
    ],
  });
}

describe("connection tracking", () => {
  let lab: Lab;
  beforeEach(() => {
    lab = new Lab(oneWay());
  });

  const there = (protocol: number, payload: Buffer, more: Partial<Packet> = {}): boolean =>
    lab.sendPacket({ node: 0, via: 1, from: a, to: b, protocol, payload, ...more }).length === 1;
  const back = (protocol: number, payload: Buffer, more: Partial<Packet> = {}): boolean =>
    lab.sendPacket({ node: 1, via: 0, from: b, to: a, protocol, payload, ...more }).length === 1;
  const { icmp: icmpNumber, tcp: tcpNumber, udp: udpNumber } = protocolNumbers;
  const gre = 47;

  it("lets answers back that no rule allows: TCP, UDP, ping, others", () => {
    const cases: [number, Buffer, Buffer][] = [
      [tcpNumber, tcp(4000, 80), tcp(80, 4000, ["syn", "ack"])],
      [udpNumber, udp(4000, 53), udp(53, 4000)],
      [icmpNumber, ping(), pong()],
      [gre, Buffer.alloc(4), Buffer.alloc(4)],
    ];
    for (const [protocol, question, answer] of cases) {
      expect(back(protocol, answer), `${protocol} unasked`).to.be.false;
      expect(there(protocol, question), `${protocol} question`).to.be.true;
      expect(back(protocol, answer), `${protocol} answer`).to.be.true;
    }
    expect(lab.drops("eni-1")).to.deep.equal({ "egress-group": 4 });
    expect([lab.status("eni-0").flows, lab.status("eni-1").flows]).to.deep.equal([4, 4]);
  });

  it("lets nothing back that is no answer", () => {
    there(tcpNumber, tcp(4000, 80));
    there(udpNumber, udp(4000, 53));
    there(icmpNumber, ping(7));
    expect(back(tcpNumber, tcp(80, 4001))).to.be.false;
    expect(back(tcpNumber, tcp(81, 4000))).to.be.false;
    expect(back(udpNumber, udp(80, 4000))).to.be.false;
    expect(back(icmpNumber, pong(8))).to.be.false;
    expect(back(icmpNumber, ping(7)), "a ping with the identifier of ours").to.be.false;
    expect(back(icmpNumber, icmp(13, 0, 7 * 0x10000)), "another ICMP query").to.be.false;
    expect(back(tcpNumber, tcp(80, 4000), { from: "10.240.0.82" })).to.be.false;
  });

  it("does not track pings that were answered only, nor other ICMP", () => {
    lab = new Lab();
    there(icmpNumber, pong());
    there(icmpNumber, icmp(13, 0, 0));
    there(icmpNumber, icmp(3, 1, 0, Buffer.alloc(28)));
    expect(lab.status("eni-0").flows).to.equal(0);
  });

  it("tracks nothing of a packet that did not get through", () => {
    lab = new Lab(oneWay(false));
    expect(there(udpNumber, udp(4000, 53))).to.be.false;
    expect(lab.status("eni-0").flows).to.equal(0);
  });

  it("lets ICMP errors about a known flow pass, and no others", () => {
    const error = (about: Buffer): Buffer => icmp(3, 3, 0, about.subarray(0, 28));
    const question = (port: number): Buffer => ipv4({ from: a, to: b, protocol: udpNumber, payload: udp(port, 53) });
    expect(there(udpNumber, udp(4000, 53))).to.be.true;
    expect(back(icmpNumber, error(question(4000)))).to.be.true;
    expect(back(icmpNumber, error(question(4001)))).to.be.false;
    const reversed = ipv4({ from: b, to: a, protocol: udpNumber, payload: udp(4000, 53) });
    expect(back(icmpNumber, error(reversed))).to.be.false;
    expect(back(icmpNumber, icmp(3, 3, 0, question(4000).subarray(0, 27))), "quoted too little").to.be.false;
    const later = ipv4({ from: a, to: b, protocol: udpNumber, payload: udp(4000, 53), offset: 64 });
    expect(back(icmpNumber, error(later)), "a later fragment").to.be.false;
  });

  const timeouts: [string, number, Buffer, Buffer, number][] = [
    ["UDP with an answer 180 s", udpNumber, udp(4000, 53), udp(53, 4000), 180_000],
    ["a ping 30 s", icmpNumber, ping(), pong(), 30_000],
    ["TCP 5 days", tcpNumber, tcp(4000, 80), tcp(80, 4000, ["ack"]), 432_000_000],
    ["TCP that was reset 10 s", tcpNumber, tcp(4000, 80), tcp(80, 4000, ["rst"]), 10_000],
    ["other protocols 600 s", gre, Buffer.alloc(4), Buffer.alloc(4), 600_000],
  ];
  for (const [what, protocol, question, answer, ms] of timeouts) {
    it(`remembers ${what}`, () => {
      there(protocol, question);
      expect(back(protocol, answer)).to.be.true;
      lab.now += ms - 1;
      expect(back(protocol, answer), "just before").to.be.true;
      lab.now += ms;
      expect(back(protocol, answer), "then").to.be.false;
    });
  }

  it("remembers an unanswered UDP packet 30 s and an unanswered SYN 120 s", () => {
    there(udpNumber, udp(4000, 53));
    lab.now += 30_000;
    expect(back(udpNumber, udp(53, 4000))).to.be.false;
    there(tcpNumber, tcp(4000, 80));
    lab.now += 120_000;
    expect(back(tcpNumber, tcp(80, 4000))).to.be.false;
  });

  it("remembers TCP 10 s after both sides have closed it", () => {
    there(tcpNumber, tcp(4000, 80));
    back(tcpNumber, tcp(80, 4000, ["fin", "ack"]));
    lab.now += 11_000;
    expect(there(tcpNumber, tcp(4000, 80, ["fin", "ack"])), "half closed").to.be.true;
    lab.now += 10_000;
    expect(back(tcpNumber, tcp(80, 4000, ["ack"]))).to.be.false;
  });

  describe("when rules change", () => {
    it("ends flows that no rule allows any more, and keeps the others", () => {
      there(tcpNumber, tcp(4000, 80));
      expect(back(tcpNumber, tcp(80, 4000, ["ack"]))).to.be.true;
      lab.router.configure({ vpcs: [oneWay()] });
      expect(back(tcpNumber, tcp(80, 4000, ["ack"])), "the same rules").to.be.true;
      lab.router.configure({ vpcs: [oneWay(false)] });
      expect(there(tcpNumber, tcp(4000, 80, ["ack"]))).to.be.false;
      expect(back(tcpNumber, tcp(80, 4000, ["ack"]))).to.be.false;
      expect(lab.drops("eni-1")).to.deep.equal({ "ingress-group": 1, "egress-group": 1 });
    });

    it("looks at the port to which the flow went, from either side", () => {
      const only = (port: number): ReturnType<typeof labVpc> => {
        const rule = { ...all, protocol: "tcp", fromPort: port, toPort: port };
        return labVpc({
          securityGroups: [{ id: "sg-lab", ingress: [rule], egress: [rule] }],
        });
      };
      lab = new Lab(only(80));
      expect(there(tcpNumber, tcp(4000, 80))).to.be.true;
      lab.router.configure({ vpcs: [only(80)] });
      expect(back(tcpNumber, tcp(80, 4000, ["ack"]))).to.be.true;
      lab.router.configure({ vpcs: [only(4000)] });
      expect(there(tcpNumber, tcp(4000, 80, ["ack"]))).to.be.false;
    });
  });

  describe("fragments", () => {
    const first = { id: 5, moreFragments: true };
    const later = { id: 5, offset: 64 };

    it("follow the first one's verdict", () => {
      const part = Buffer.alloc(64);
      expect(there(udpNumber, part, later), "before the first").to.be.false;
      expect(lab.drops("eni-0")).to.deep.equal({ fragment: 1 });
      expect(there(udpNumber, udp(4000, 53, Buffer.alloc(56)), first)).to.be.true;
      expect(there(udpNumber, part, later)).to.be.true;
      expect(there(udpNumber, part, { ...later, id: 6 }), "another packet's").to.be.false;
      expect(back(udpNumber, udp(53, 4000, Buffer.alloc(56)), first), "the answer's").to.be.true;
      expect(back(udpNumber, part, later), "the answer's").to.be.true;
      lab.now += 30_000;
      expect(there(udpNumber, part, later), "too late").to.be.false;
    });

    it("are dropped with a first one that was", () => {
      lab = new Lab(oneWay(false));
      expect(there(udpNumber, udp(4000, 53, Buffer.alloc(56)), first)).to.be.false;
      expect(there(udpNumber, Buffer.alloc(64), later)).to.be.false;
      expect(lab.drops("eni-1")).to.deep.equal({ "ingress-group": 2 });
    });
  });

  it("forgets the flow that was used least recently when there are too many", () => {
    const rules = {
      generation: 1,
      ...{ egress: compileRules([], "egress", () => new Set()), ingress: compileRules([], "ingress", () => new Set()) },
    };
    const flows = new Conntrack(3);
    const packet = (port: number): Ipv4Packet => {
      const read = new Ipv4Packet();
      const bytes = ipv4({ from: a, to: b, protocol: udpNumber, payload: udp(port, 53) });
      expect(read.read(bytes, 0, bytes.length)).to.be.true;
      return read;
    };
    for (const port of [1, 2, 3]) flows.open(packet(port), true, 0, 1);
    expect(flows.admits(packet(1), true, 1, rules)).to.be.true;
    flows.open(packet(4), true, 2, 1);
    expect([1, 2, 3, 4].filter((port) => flows.admits(packet(port), true, 3, rules))).to.deep.equal([1, 3, 4]);
    expect([flows.size, flows.evicted]).to.deep.equal([3, 1]);
    expect(maxFlows).to.be.at.most(65_536);
  });
});

describe("flow table", () => {
  it("behaves as a map in order of use does", () => {
    const capacity = 8;
    const operation = fc.tuple(fc.constantFrom("add", "touch", "delete", "find"), fc.nat(11), fc.nat(3));
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
        const table = new FlowTable<FlowEntry>(capacity);
        const model = new Map<string, FlowEntry>();
        for (const [kind, local, ports] of operations) {
          const key = `${local} ${ports}`;
          const known = model.get(key);
          expect(table.find(local, 1, 6, ports, 0)).to.equal(known);
          if (known && kind === "touch") {
            table.touch(known, 10);
            model.delete(key);
            model.set(key, known);
          } else if (known && kind === "delete") {
            table.delete(known);
            model.delete(key);
          } else if (!known && kind === "add") {
            const entry = new FlowEntry(local, 1, 6, ports);
            entry.expires = 10;
            table.add(entry, 0);
            if (model.size === capacity) model.delete([...model.keys()][0] ?? "");
            model.set(key, entry);
          }
          expect(table.size).to.equal(model.size);
        }
      }),
    );
  });
});

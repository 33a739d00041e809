import { expect } from "chai";
import { internetRoute, Lab, labVpc, node, podRoute, routerMacs, frameOf } from "./lab";
import { arp, checksum, ethernet, icmp, ipv4, macs, ping, pong, protocolNumbers, tcp, udp } from "./packets";

const mac = (n: number): string => `02:00:00:00:00:0${n}`;
const address = ["10.240.0.80", "10.240.0.81", "10.240.1.82"] as const;

describe("VPC router", () => {
  let lab: Lab;
  beforeEach(() => {
    lab = new Lab();
  });

  describe("ARP", () => {
    const ask = (targetAddress: string, senderAddress: string = address[0]): Buffer =>
      arp({ senderMac: mac(0), senderAddress, targetAddress });
    const answer = (targetMac: string, targetAddress: string): { to: string; frame: Buffer }[] => [
      {
        to: "eni-0",
        frame: arp({
          operation: "reply",
          senderMac: targetMac,
          senderAddress: targetAddress,
          targetMac: mac(0),
          targetAddress: address[0],
        }),
      },
    ];

    it("answers for the subnet's router with a MAC address of its own, and for interfaces with theirs", () => {
      expect(lab.send("eni-0", ask("10.240.0.1"))).to.deep.equal(answer(routerMacs.a, "10.240.0.1"));
      expect(lab.send("eni-0", ask(address[1]))).to.deep.equal(answer(mac(1), address[1]));
      expect(routerMacs.a).not.to.equal(routerMacs.b);
      expect(parseInt(routerMacs.a.slice(0, 2), 16) & 3, "locally administered, not a group").to.equal(2);
    });

    it("answers for every private address of an interface", () => {
      lab.configure({ interfaces: [node(0, "a"), node(1, "a", { addresses: [address[1], "10.240.0.99"] })] });
      expect(lab.send("eni-0", ask("10.240.0.99"))).to.deep.equal(answer(mac(1), "10.240.0.99"));
    });

    it("answers a machine that asks before it has an address", () => {
      expect(lab.send("eni-0", ask(address[1], "0.0.0.0")).length).to.equal(1);
    });

    it("answers nothing for unknown addresses, other subnets and the sender's own", () => {
      for (const target of ["10.240.0.99", address[2], "10.240.1.1", "10.200.1.5"])
        expect(lab.send("eni-0", ask(target)), target).to.deep.equal([]);
      expect(lab.send("eni-0", ask(address[0], "0.0.0.0"))).to.deep.equal([]);
      expect(lab.drops("eni-0")).to.deep.equal({ "arp-unknown": 5 });
    });

    it("drops announcements: of the own address, of another's, replies", () => {
      lab.configure({ interfaces: [node(0, "a", { sourceDestCheck: true }), node(1, "a")] });
      lab.send("eni-0", ask(address[0]));
      lab.send("eni-0", ask(address[1], address[1]));
      lab.send("eni-0", ask("10.240.0.1", "10.200.0.1"));
      const reply = arp({
        operation: "reply",
        senderMac: mac(0),
        senderAddress: address[0],
        targetMac: mac(1),
        targetAddress: address[1],
      });
      lab.send("eni-0", reply);
      const foreignMac = ethernet(
        macs.all,
        mac(0),
        0x0806,
        arp({ senderMac: mac(1), senderAddress: address[0], targetAddress: address[1] }).subarray(14),
      );
      lab.send("eni-0", foreignMac);
      expect(lab.drops("eni-0")).to.deep.equal({ "gratuitous-arp": 1, "spoofed-arp": 3, "unexpected-arp": 1 });
      expect(lab.status("eni-0").framesOut + lab.status("eni-1").framesOut).to.equal(0);
    });

    it("answers a machine without source/destination check that asks under a pod network's address", () => {
      const reply = lab.send("eni-0", ask("10.240.0.1", "10.200.0.1"));
      expect(reply.map(({ to }) => to)).to.deep.equal(["eni-0"]);
    });
  });

  describe("delivery", () => {
    it("carries a ping and its answer inside a subnet as they are", () => {
      const there = frameOf({ node: 0, via: 1, from: address[0], to: address[1], payload: ping() });
      const back = frameOf({ node: 1, via: 0, from: address[1], to: address[0], payload: pong() });
      expect(lab.send("eni-0", there)).to.deep.equal([{ to: "eni-1", frame: there }]);
      expect(lab.send("eni-1", back)).to.deep.equal([{ to: "eni-0", frame: back }]);
      const { framesIn, bytesIn, framesOut, bytesOut, drops } = lab.status("eni-0");
      expect({ framesIn, bytesIn, framesOut, bytesOut, drops }).to.deep.equal({
        framesIn: 1,
        bytesIn: there.length,
        framesOut: 1,
        bytesOut: back.length,
        drops: {},
      });
    });

    it("carries a packet to another subnet under the MAC addresses there, TTL as it was", () => {
      const packet = { from: address[0], to: address[2], payload: ping() };
      const [got, ...more] = lab.send("eni-0", frameOf({ node: 0, via: "router", ...packet }));
      expect(more).to.deep.equal([]);
      expect(got?.to).to.equal("eni-2");
      const expected = ethernet(mac(2), routerMacs.b, 0x0800, ipv4({ ...packet, protocol: 1 }));
      expect(got?.frame.toString("hex")).to.equal(expected.toString("hex"));
    });

    it("gives a peer in the subnet what is addressed to its MAC, whatever the destination: ip route ... via peer", () => {
      lab.configure({ routeTables: [{ id: "rtb-1", routes: [] }] });
      const pods = { from: "10.200.0.5", to: "10.200.1.7", payload: ping() };
      expect(lab.sendPacket({ node: 0, via: 1, ...pods })).to.deep.equal(["eni-1"]);
      expect(lab.sendPacket({ node: 0, via: "router", ...pods })).to.deep.equal([]);
      expect(lab.drops("eni-0")).to.deep.equal({ "no-route": 1 });
    });

    it("does not know MAC addresses of other subnets, nor the sender as its own peer", () => {
      const packet = { from: address[0], to: address[2], payload: ping() };
      for (const via of [2, 9, 0]) expect(lab.sendPacket({ node: 0, via, ...packet })).to.deep.equal([]);
      expect(lab.drops("eni-0")).to.deep.equal({ "unknown-mac": 3 });
    });

    it("keeps VPCs with the same addresses apart", () => {
      const other = labVpc({
        id: "vpc-2",
        interfaces: [0, 1, 2].map((n) =>
          node(n, n === 2 ? "b" : "a", { id: `other-${n}`, mac: `02:00:00:00:01:0${n}` }),
        ),
        routeTables: [{ id: "rtb-1", routes: [] }],
      });
      lab = new Lab(labVpc({ interfaces: [node(0, "a")] }), other);
      const packet = { from: address[0], to: address[1], payload: ping() };
      const toPeer = ethernet("02:00:00:00:01:01", mac(0), 0x0800, ipv4({ ...packet, protocol: 1 }));
      expect(lab.send("eni-0", toPeer)).to.deep.equal([]);
      expect(lab.sendPacket({ node: 0, via: "router", ...packet })).to.deep.equal([]);
      expect(lab.drops("eni-0")).to.deep.equal({ "unknown-mac": 1, "no-such-address": 1 });
      expect(lab.router.status().filter(({ framesOut }) => framesOut > 0)).to.deep.equal([]);
    });
  });

  describe("what it refuses", () => {
    const raw = (type: number, destination = mac(1), source = mac(0)): Buffer =>
      ethernet(destination, source, type, Buffer.alloc(46));
    const ip = ipv4({ from: address[0], to: address[1], protocol: 1, payload: ping() });
    const cases: [string, Buffer, string][] = [
      ["another MAC address", raw(0x0800, mac(1), mac(1)), "spoofed-source-mac"],
      ["ARP under another MAC address", raw(0x0806, macs.all, mac(1)), "spoofed-source-mac"],
      ["IPv6", raw(0x86dd, "33:33:00:00:00:02"), "ipv6"],
      ["another protocol", raw(0x88cc), "ethertype"],
      ["broadcast", ethernet(macs.all, mac(0), 0x0800, ip), "multicast"],
      ["multicast", ethernet("01:00:5e:00:00:01", mac(0), 0x0800, ip), "multicast"],
      [
        "a multicast address behind a peer's MAC",
        frameOf({ node: 0, via: 1, from: address[0], to: "224.0.0.1", payload: ping() }),
        "multicast",
      ],
      [
        "the limited broadcast address behind a peer's MAC",
        frameOf({ node: 0, via: 1, from: address[0], to: "255.255.255.255", payload: ping() }),
        "multicast",
      ],
      ["13 bytes", Buffer.alloc(13), "malformed"],
      ["an IPv4 header cut short", ethernet(mac(1), mac(0), 0x0800, ip.subarray(0, 19)), "malformed"],
      ["a packet shorter than it says", ethernet(mac(1), mac(0), 0x0800, ip.subarray(0, -1)), "malformed"],
      ["IP version 5", ethernet(mac(1), mac(0), 0x0800, Buffer.from(ip).fill(0x55, 0, 1)), "malformed"],
      ["a header length of 4 words", ethernet(mac(1), mac(0), 0x0800, Buffer.from(ip).fill(0x44, 0, 1)), "malformed"],
      ["ARP cut short", raw(0x0806).subarray(0, 41), "malformed"],
      [
        "TCP without flags",
        frameOf({
          node: 0,
          via: 1,
          from: address[0],
          to: address[1],
          protocol: protocolNumbers.tcp,
          payload: tcp(1, 2).subarray(0, 12),
        }),
        "malformed",
      ],
      [
        "a fragment that overwrites TCP's flags",
        frameOf({
          node: 0,
          via: 1,
          from: address[0],
          to: address[1],
          protocol: protocolNumbers.tcp,
          payload: Buffer.alloc(16),
          offset: 8,
        }),
        "malformed",
      ],
    ];
    for (const [what, frame, reason] of cases) {
      it(`${what}: ${reason}`, () => {
        expect(lab.send("eni-0", frame)).to.deep.equal([]);
        expect(lab.drops("eni-0")).to.deep.equal({ [reason]: 1 });
      });
    }

    it("takes padding after a short packet", () => {
      const padded = Buffer.concat([ethernet(mac(1), mac(0), 0x0800, ip), Buffer.alloc(20)]);
      expect(lab.send("eni-0", padded)).to.deep.equal([{ to: "eni-1", frame: padded }]);
    });

    it("ignores frames of interfaces that it does not have", () => {
      expect(lab.send("eni-9", frameOf({ node: 0, via: 1, from: address[0], to: address[1], payload: ping() }))).to.be
        .empty;
    });

    it("counts at the receiver what it could not take", () => {
      lab.refuse = { "eni-1": "queue-full" };
      lab.sendPacket({ node: 0, via: 1, from: address[0], to: address[1], payload: ping() });
      lab.refuse = { "eni-1": "disconnected" };
      lab.sendPacket({ node: 0, via: 1, from: address[0], to: address[1], payload: ping() });
      expect(lab.drops("eni-1")).to.deep.equal({ "queue-full": 1, disconnected: 1 });
      expect(lab.drops("eni-0")).to.deep.equal({});
      expect(lab.status("eni-1").framesOut).to.equal(0);
    });
  });

  describe("MTU", () => {
    const big = (dontFragment: boolean, size = 1_473): Buffer =>
      frameOf({
        node: 0,
        via: "router",
        from: address[0],
        to: address[2],
        protocol: protocolNumbers.udp,
        payload: udp(1, 2, Buffer.alloc(size)),
        dontFragment,
      });

    it("carries 1500 bytes and drops 1501", () => {
      expect(lab.send("eni-0", big(true, 1_472)).map(({ to }) => to)).to.deep.equal(["eni-2"]);
      expect(lab.send("eni-0", big(false))).to.deep.equal([]);
      expect(lab.drops("eni-0")).to.deep.equal({ mtu: 1 });
    });

    it("says how long a packet that must not be fragmented may be, at most every 100 ms", () => {
      const quote = big(true).subarray(14, 14 + 28);
      const message = icmp(3, 4, 1_500, quote);
      const expected = ipv4({ from: "10.240.0.1", to: address[0], protocol: 1, payload: message });
      const replies = lab.send("eni-0", big(true));
      expect(replies.map(({ to }) => to)).to.deep.equal(["eni-0"]);
      const reply = replies[0]!.frame;
      expect(reply.toString("hex")).to.equal(ethernet(mac(0), routerMacs.a, 0x0800, expected).toString("hex"));
      expect(checksum(reply.subarray(14, 34)), "header checksum").to.equal(0);
      expect(checksum(reply.subarray(34)), "ICMP checksum").to.equal(0);

      lab.now += 99;
      expect(lab.send("eni-0", big(true))).to.deep.equal([]);
      lab.now += 1;
      expect(lab.send("eni-0", big(true)).length).to.equal(1);
    });
  });

  describe("a change of the configuration", () => {
    it("keeps counters of what stays and forgets what went", () => {
      lab.sendPacket({ node: 0, via: 1, from: address[0], to: address[1], payload: ping() });
      lab.configure({ interfaces: [node(0, "a"), node(2, "b")] });
      expect(lab.status("eni-0").framesIn).to.equal(1);
      expect(lab.sendPacket({ node: 0, via: 1, from: address[0], to: address[1], payload: ping() })).to.be.empty;
      lab.configure({});
      expect(lab.status("eni-0").framesIn).to.equal(2);
      expect(lab.status("eni-1").framesOut, "a new interface of the same id").to.equal(0);
    });

    it("changes nothing when it makes no sense", () => {
      expect(() => lab.configure({ interfaces: [node(0, "a", { subnetId: "subnet-z" })] })).to.throw(
        "eni-0 is in subnet-z, which is not in vpc-1.",
      );
      expect(() => lab.configure({ interfaces: [node(0, "a", { addresses: ["10.240.0"] })] })).to.throw(
        '"10.240.0" is not an IPv4 address.',
      );
      expect(() => lab.configure({ routeTables: [] })).to.throw("subnet-a uses rtb-1, which is not in vpc-1.");
      expect(lab.sendPacket({ node: 0, via: 1, from: address[0], to: address[1], payload: ping() })).to.deep.equal([
        "eni-1",
      ]);
    });

    it("takes new routes at once", () => {
      const pods = { from: "10.200.0.5", to: "10.200.2.7", payload: ping() };
      lab.configure({ routeTables: [{ id: "rtb-1", routes: [podRoute(0), internetRoute] }] });
      expect(lab.sendPacket({ node: 0, via: "router", ...pods })).to.deep.equal([]);
      lab.configure({});
      expect(lab.sendPacket({ node: 0, via: "router", ...pods })).to.deep.equal(["eni-2"]);
      expect(lab.drops("eni-0")).to.deep.equal({ internet: 1 });
    });
  });

  it("keeps the latest drops with packet and cause, without what every machine sends", () => {
    lab.send("eni-0", ethernet("33:33:00:00:00:02", mac(0), 0x86dd, Buffer.alloc(40)));
    for (let n = 0; n < 20; n += 1) {
      lab.now += 1;
      lab.sendPacket({
        node: 0,
        via: "router",
        from: "10.200.0.5",
        to: "192.0.2.1",
        protocol: protocolNumbers.tcp,
        payload: tcp(40_000 + n, 443),
      });
    }
    const { latestDrops } = lab.status("eni-0");
    expect(latestDrops.length).to.equal(16);
    expect(latestDrops[0]?.packet).to.equal("tcp 10.200.0.5:40004 -> 192.0.2.1:443");
    expect(latestDrops.at(-1)).to.deep.equal({
      at: 1_000_020,
      reason: "internet",
      packet: "tcp 10.200.0.5:40019 -> 192.0.2.1:443",
      decidedBy: "rtb-1: 0.0.0.0/0 -> igw-1",
    });
  });
});

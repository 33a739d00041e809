import { expect } from "chai";
import { GuestFilter } from "../../../cloud/machines/guestFilter";
import { arp, ethernet, icmp, ipv4, ping, tcp, udp, type Ip } from "../fabric/packets";

const gateway = "52:55:0a:00:02:02";
const machine = "02:87:49:fb:4b:8d";

describe("what machines may reach of this computer", () => {
  let filter: GuestFilter;
  let own: string[];

  const passes = (frame: Buffer): boolean =>
    filter.passes(Buffer.concat([Buffer.alloc(7), frame, Buffer.alloc(9)]), 7, 7 + frame.length);
  const packet = (more: Omit<Ip, "from">): boolean =>
    passes(ethernet(gateway, machine, 0x0800, ipv4({ from: "10.0.2.15", ...more })));
  const connect = (to: string, port: number): boolean => packet({ to, protocol: 6, payload: tcp(40000, port) });
  const datagram = (to: string, port: number): boolean => packet({ to, protocol: 17, payload: udp(40000, port) });

  beforeEach(() => {
    own = ["127.0.0.1", "192.0.2.7"];
    filter = new GuestFilter(() => own);
    filter.open([4600]);
  });

  // The user network's addresses all lead to loopback, and so do an interface's own and those that no network should carry.
  const here = [
    "10.0.2.2",
    "10.0.2.3",
    "10.0.2.99",
    "127.0.0.1",
    "127.77.0.1",
    "0.0.0.0",
    "255.255.255.255",
    "192.0.2.7",
  ];

  it("is no service of its loopback, under whatever address", () => {
    for (const to of here) {
      expect(connect(to, 18080), `tcp ${to}`).to.equal(false);
      expect(datagram(to, 5353), `udp ${to}`).to.equal(false);
    }
  });

  it("is nobody with an address of a VPC, or of a network to which its routes lead", () => {
    const vpc = { id: "vpc-1", subnets: [], securityGroups: [], interfaces: [] };
    const to = (destination: string, kind: "interface" | "internet-gateway" | "blackhole") => ({
      destination,
      target: { kind, id: "x" },
    });
    const keep = (...routes: ReturnType<typeof to>[]) =>
      filter.keepInside({ vpcs: [{ ...vpc, cidrs: ["10.240.0.0/16"], routeTables: [{ id: "rtb-1", routes }] }] });
    const lost = ["10.240.0.80", "10.240.255.255", "10.200.0.7", "10.200.1.7"];
    for (const address of lost) expect(connect(address, 80), address).to.equal(true);
    keep(
      to("10.200.0.0/24", "interface"),
      to("10.200.1.0/24", "blackhole"),
      to("10.9.0.0/16", "internet-gateway"),
      // All that a machine forwards is not inside.
      ...["0.0.0.0/0", "128.0.0.0/1"].map((all) => to(all, "interface")),
    );
    for (const address of lost)
      expect([connect(address, 80), datagram(address, 53)], address).to.deep.equal([false, false]);
    for (const address of ["10.241.0.1", "10.200.2.7", "10.9.0.1", "198.51.100.1"])
      expect(connect(address, 80), address).to.equal(true);
    // As before: what leads here is another question.
    expect(datagram("10.0.2.3", 53)).to.equal(true);
    keep();
    expect([connect("10.200.0.7", 80), connect("10.240.0.80", 80)]).to.deep.equal([true, false]);
  });

  it("is the name server, DHCP and the ports that are open", () => {
    expect(connect("10.0.2.3", 53)).to.equal(true);
    expect(datagram("10.0.2.3", 53)).to.equal(true);
    expect(datagram("255.255.255.255", 67)).to.equal(true);
    expect(connect("10.0.2.2", 4600)).to.equal(true);
    expect(connect("192.0.2.7", 4600)).to.equal(true);
    expect(connect("127.0.0.1", 4600)).to.equal(false);
    expect(datagram("10.0.2.2", 4600)).to.equal(false);
    expect(connect("10.0.2.2", 53)).to.equal(false);
    filter.open([4600, 18080]);
    expect(connect("10.0.2.2", 18080)).to.equal(true);
    filter.open([4600]);
    expect(connect("10.0.2.2", 18080)).to.equal(false);
  });

  it("gets answers of those to whom it connects, as for SSH", () => {
    for (const flags of [["syn", "ack"], ["ack"], ["fin", "ack"], ["rst"]] as const)
      expect(packet({ to: "10.0.2.2", protocol: 6, payload: tcp(22, 50000, flags) }), String(flags)).to.equal(true);
  });

  it("does not keep machines from the Internet, ARP and pings", () => {
    expect(connect("151.101.2.132", 80)).to.equal(true);
    expect(datagram("9.9.9.9", 53)).to.equal(true);
    expect(connect("10.0.3.2", 18080)).to.equal(true);
    expect(packet({ to: "10.0.2.2", protocol: 1, payload: ping() })).to.equal(true);
    expect(packet({ to: "10.0.2.2", protocol: 1, payload: icmp(3, 3, 0) })).to.equal(true);
    expect(passes(arp({ senderMac: machine, senderAddress: "10.0.2.15", targetAddress: "10.0.2.2" }))).to.equal(true);
  });

  it("cannot be reached in pieces that are put together behind the filter", () => {
    const payload = tcp(40000, 18080);
    for (const to of ["10.0.2.2", "127.0.0.1"]) {
      expect(packet({ to, protocol: 6, payload, moreFragments: true }), to).to.equal(false);
      expect(packet({ to, protocol: 6, payload, offset: 24 }), to).to.equal(false);
      expect(packet({ to, protocol: 17, payload: udp(1, 53), offset: 8 }), to).to.equal(false);
    }
    expect(packet({ to: "151.101.2.132", protocol: 6, payload, moreFragments: true })).to.equal(true);
  });

  it("gets nothing that makes no sense or is of another protocol", () => {
    const whole = ethernet(
      gateway,
      machine,
      0x0800,
      ipv4({ from: "10.0.2.15", to: "10.0.2.2", protocol: 6, payload: tcp(22, 5) }),
    );
    for (let length = 0; length < whole.length; length += 1)
      expect(passes(whole.subarray(0, length)), `${length} bytes`).to.equal(false);
    expect(passes(ethernet(gateway, machine, 0x86dd, Buffer.alloc(60)))).to.equal(false);
    expect(passes(ethernet(gateway, machine, 0x8100, whole.subarray(10)))).to.equal(false);
    expect(packet({ to: "10.0.2.2", protocol: 132, payload: Buffer.alloc(20) })).to.equal(false);
  });

  it("is what its interfaces say now, not what they said at the start", () => {
    const now = Date.now;
    try {
      expect(connect("198.51.100.3", 22)).to.equal(true);
      own = ["198.51.100.3"];
      const later = now() + 6_000;
      Date.now = () => later;
      expect(connect("198.51.100.3", 22)).to.equal(false);
    } finally {
      Date.now = now;
    }
  });
});

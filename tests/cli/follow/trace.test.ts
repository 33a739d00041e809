import { expect } from "chai";
import { readPacket } from "../../../cli/follow/packet";
import { ruleset } from "../../../cli/follow/ruleset";
import { readTrace } from "../../../cli/follow/trace";

describe("what nft monitor trace prints", () => {
  it("is a packet with its headers", () => {
    const text =
      'iif "vetha1" ether saddr a2:d6:3e:20:fa:ac ether daddr 0e:9d:53:ba:4e:80 ip saddr 10.200.0.5 ip daddr 10.32.0.50 ip dscp 0x00 ' +
      "ip ecn 0x0 ip ttl 64 ip id 13639 ip protocol 6 ip length 60 tcp sport 50578 tcp dport 8080 tcp flags == 0x2 tcp window 64240 ";
    expect(readPacket(text)).to.deep.equal({
      ...{ from: "10.200.0.5", to: "10.32.0.50", ttl: 64, id: 13639, length: 60, protocol: "tcp" },
      ...{ ports: { from: 50578, to: 8080 }, flags: 2 },
    });
  });

  it("is one in raw form on a card's way out, without leading zeros", () => {
    const ping =
      'oif "eth1" @nh,0,160 0x4500014dac5540003f01774e0af000500ac80105 @th,0,160 0x800e00d4c0c00017fc0086b0000000055770c00 ';
    expect(readPacket(ping)).to.deep.equal({
      ...{ from: "10.240.0.80", to: "10.200.1.5", ttl: 63, id: 44117, length: 333, protocol: "icmp" },
      icmp: { type: 8, code: 0, id: 19468 },
    });
    const syn =
      'oif "eth1" @nh,0,160 0x4500003c354740003f06ef680af000500ac80105 @th,0,160 0xc59200504360791400000000a002faf0173b0000 ';
    expect(readPacket(syn)).to.deep.include({ ports: { from: 50578, to: 80 }, flags: 2, id: 13639 });
    expect(readPacket('oif "eth0" arp operation 1')).to.equal(undefined);
  });

  it("has the rules of called chains with the chain that called them, without counters", () => {
    const head =
      'packet: iif "cni0" ip saddr 10.0.0.1 ip daddr 10.0.0.2 ip ttl 64 ip id 7 ip length 84 icmp type 8 icmp code 0 icmp id 3';
    const visits = readTrace(
      [
        `trace id 07c5f94b ip nat PREROUTING ${head}`,
        "trace id 07c5f94b ip nat PREROUTING rule  counter packets 1 bytes 84 jump KUBE-SERVICES (verdict jump KUBE-SERVICES)",
        "# Warning: something else",
        `trace id 99999999 ip filter FORWARD ${head}`,
        "trace id 07c5f94b ip nat KUBE-SERVICES rule ip daddr 10.0.0.2  counter packets 0 bytes 0 dnat to 10.0.0.3 (verdict accept)",
        "trace id 99999999 ip filter FORWARD policy drop ",
        "trace id 07c5f94b ip nat PREROUTING conntrack: ct direction original ct state new",
      ].join("\n"),
    );
    expect(visits.map(({ chain, rules, policy, iif }) => ({ chain, rules, policy, iif }))).to.deep.equal([
      {
        ...{ chain: "PREROUTING", policy: undefined, iif: "cni0" },
        rules: [
          { chain: "ip nat PREROUTING", text: "jump KUBE-SERVICES", verdict: "jump KUBE-SERVICES" },
          { chain: "ip nat KUBE-SERVICES", text: "ip daddr 10.0.0.2 dnat to 10.0.0.3", verdict: "accept" },
        ],
      },
      { chain: "FORWARD", policy: "drop", iif: "cni0", rules: [] },
    ]);
  });

  it("has on a card's way out the headers that the packet came there with, where nft shows none", () => {
    const head = "ip saddr 10.0.0.1 ip daddr 10.0.0.2 ip ttl 63 ip id 7 ip length 84 icmp type 8 icmp code 0 icmp id 3";
    const visits = readTrace(
      [
        `trace id aa ip t postrouting_end packet: iif "cni0" oif "eth1" ${head}`,
        'trace id aa netdev t out packet: oif "eth1" ',
        'trace id bb netdev t out packet: oif "eth1" ',
      ].join("\n"),
    );
    expect(visits.map(({ oif, packet }) => `${oif} ${packet.from} ${packet.ttl}`)).to.deep.equal([
      "eth1 10.0.0.1 63",
      "eth1 10.0.0.1 63",
    ]);
  });

  it("is asked for with tables that change nothing", () => {
    const text = ruleset("hardway_follow_0a", ["eth0", "eth0.100"], { protocol: "tcp", ports: [53, 53, 80] });
    const rules = text
      .split("\n")
      .filter((line) => !/^(table|\s*chain|\s*}|\s*type filter hook .*policy accept|$)/.test(line));
    expect(new Set(rules.map((rule) => rule.trim()))).to.deep.equal(
      new Set([
        "tcp dport { 53, 80 } tcp flags & (syn | ack | rst) == syn meta nftrace set 1",
        "tcp sport { 53, 80 } tcp flags & (syn | rst) != 0 meta nftrace set 1",
      ]),
    );
    expect(text).to.contain('devices = { "eth0", "eth0.100" }');
  });
});

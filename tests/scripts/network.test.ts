import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FakeHost } from "./fakeHost";

const library = readFileSync(join(__dirname, "..", "..", "scripts", "node", "lib-network.sh"), "utf8");

/** As iproute2 prints them: a card with DHCP, the hosts' network, a tunnel with two ends, a bridge of pods. */
const addresses = String.raw`1: lo    inet 127.0.0.1/8 scope host lo\       valid_lft forever preferred_lft forever
2: eth0    inet 10.0.2.15/24 metric 100 brd 10.0.2.255 scope global dynamic eth0\       valid_lft 86000sec
3: eth1    inet 10.240.0.80/24 brd 10.240.0.255 scope global eth1\       valid_lft forever preferred_lft forever
5: wg0    inet 10.8.0.2 peer 10.9.0.1/32 scope global wg0\       valid_lft forever preferred_lft forever
6: cni0    inet 10.200.0.1/24 brd 10.200.0.255 scope global cni0\       valid_lft forever preferred_lft forever
7: eth1.100    inet 172.16.5.9/20 brd 172.16.15.255 scope global eth1.100\       valid_lft forever`;
const routes = String.raw`default via 10.0.2.2 dev eth0 proto dhcp src 10.0.2.15 metric 100
default dev ppp0 scope link metric 900
10.0.2.0/24 dev eth0 proto kernel scope link src 10.0.2.15 metric 100
10.0.2.2 dev eth0 proto dhcp scope link src 10.0.2.15 metric 100
10.77.0.0/16 dev vpn0 table 52 scope link
10.88.0.0/16 via 10.240.0.1 dev eth1 proto static
10.89.0.0/16 proto static \	nexthop via 10.240.0.1 dev eth1 weight 1 \	nexthop via 10.240.0.2 dev eth1 weight 1
blackhole 10.99.0.0/16 proto bird
local 10.0.2.15 dev eth0 table local proto kernel scope host src 10.0.2.15
local 10.66.0.0/16 dev lo table local proto static scope host
broadcast 10.0.2.255 dev eth0 table local proto kernel scope link src 10.0.2.15`;

describe("networks_within", () => {
  let host: FakeHost;
  beforeEach(() => (host = new FakeHost()));
  afterEach(() => host.remove());

  const within = (...words: string[]) => {
    host.write("/addresses", `${addresses}\n`);
    host.write("/routes", `${routes}\n`);
    host.program("ip", {
      "-o -4 address show": 'cat "$R/addresses"',
      "-o -4 route show table all": 'cat "$R/routes"',
    });
    const run = host.runText(`${library}\nnetworks_within ${words.join(" ")}`);
    expect([run.status, run.stderr]).to.deep.equal([0, ""]);
    return run.stdout.split("\n").slice(0, -1);
  };

  const table: [what: string, words: string[], found: string[]][] = [
    ["nothing where the host has nothing", ["10.201.0.0/24"], []],
    ["the network of a card", ["10.0.2.0/24"], ["10.0.2.0/24 on the card eth0", "10.0.2.2 on the card eth0"]],
    ["a network that holds the pods'", ["10.0.2.128/26"], ["10.0.2.0/24 on the card eth0"]],
    [
      "all networks within the pods'",
      ["10.0.0.0/12"],
      [
        "10.0.2.0/24 on the card eth0",
        "10.8.0.2 on the card wg0",
        "10.9.0.1/32 on the card wg0",
        "10.0.2.2 on the card eth0",
      ],
    ],
    ["one address of a network's last", ["10.240.0.255/32"], ["10.240.0.0/24 on the card eth1"]],
    ["nothing beside a network's last address", ["10.240.1.0/24"], []],
    ["the card of a VLAN", ["172.16.15.0/24"], ["172.16.0.0/20 on the card eth1.100"]],
    ["what is connected in any table", ["10.77.8.0/24"], ["10.77.0.0/16 on the card vpn0"]],
    ["addresses of the host by a local route", ["10.66.8.0/24"], ["10.66.0.0/16 on the card lo"]],
    ["no network behind a next hop", ["10.88.0.0/15"], []],
    ["no route that leads nowhere", ["10.99.0.0/16"], []],
    ["the bridge", ["10.200.0.0/16"], ["10.200.0.0/24 on the card cni0"]],
    ["the bridge that is to have it not", ["10.200.0.0/16", "cni0"], []],
    ["the last of all addresses", ["255.255.255.255/32"], []],
  ];
  for (const [what, words, found] of table) {
    it(`finds ${what}`, () => expect(within(...words)).to.deep.equal(found));
  }
});

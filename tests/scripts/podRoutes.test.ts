import { expect } from "chai";
import { FakeHost } from "./fakeHost";

const routes = "10.200.0.0/24 via 10.240.0.80\n10.200.1.0/24 via 10.240.0.81";
const variables = { ROUTES: routes, ADDRESS: "10.240.0.10", POD_CIDR: "", CLUSTER_CIDR: "", BRIDGE: "cni0" };
const dropIn = "/etc/systemd/network/20-lab.network.d/50-hardway-pod-routes.conf";
const unit = "/etc/systemd/system/hardway-pod-routes.service";

/** A host with 10.240.0.0/24 on eth1 and the way out on eth0; its routing table is the file /table, its rules are in /rules. */
function routedHost(networkd: boolean): FakeHost {
  const host = new FakeHost();
  host.write(
    "/table",
    "default via 192.0.2.2 dev eth0 proto dhcp metric 100\n10.240.0.0/24 dev eth1 proto kernel scope link src 10.240.0.10\n",
  );
  host.write("/rules", "0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n");
  const neighbour = 'echo "$5 dev eth1 src 10.240.0.10 uid 0 \\\\    cache"';
  const toPods =
    'set -- $(grep "^${5%.*}.0/24 " "$R/table") && [ "${2-}" = via ] && echo "$1 via $3 dev eth1 src 10.240.0.10" || { echo "RTNETLINK answers: Network is unreachable"; exit 2; }';
  const remove = 'grep -v "^$4 via $6 " "$R/table" >"$R/t"; mv "$R/t" "$R/table"';
  host.program(
    "ip",
    {
      "-4 route show": 'cat "$R/table"',
      "-o -4 address show":
        "echo '2: eth0    inet 192.0.2.15/24 scope global eth0'; echo '3: eth1    inet 10.240.0.10/24 scope global eth1'",
      "-o -4 rule show": 'cat "$R/rules"',
      "-o -4 route show table all": 'cat "$R/table"',
      "-4 route show proto 77": 'grep "proto 77" "$R/table" | sed "s/ proto 77//" || :',
      "-4 route show * via * proto 77": "exit 0",
      "-o -4 route get 10.240.0.*": neighbour,
      "-o -4 route get 10.200.*": toPods,
      "-o -4 route get 10.240.0.10": "echo 'local 10.240.0.10 dev lo src 10.240.0.10 uid 0'",
      "-o -4 route get 192.0.2.77": "echo '192.0.2.77 via 192.0.2.2 dev eth0 src 192.0.2.15'",
      "-o -4 address show to 10.240.0.10": "echo '3: eth1    inet 10.240.0.10/24 brd 10.240.0.255 scope global eth1'",
    },
    {
      "-4 route replace * via * proto 77":
        'grep -v "^$4 " "$R/table" >"$R/t"; mv "$R/t" "$R/table"; echo "$4 via $6 dev eth1 proto 77" >>"$R/table"',
      "-4 route del * via * proto 77": remove,
      "-4 route del * via * dev eth1 proto 77": remove,
    },
  );
  host.program(
    "systemctl",
    {
      "is-active -q systemd-networkd": networkd ? "exit 0" : "exit 3",
      "is-active -q hardway-pod-routes.service": '[ -e "$R/active" ]',
    },
    {
      "daemon-reload": "exit 0",
      "restart hardway-pod-routes.service": 'touch "$R/active"',
      "stop hardway-pod-routes.service": 'rm "$R/active"',
    },
  );
  if (networkd) {
    host.program(
      "networkctl",
      {
        "status eth1 --no-pager -n 0":
          "echo '  Link File: n/a'; echo '  Network File: /run/systemd/network/20-lab.network'",
      },
      { reload: "exit 0" },
    );
    host.program("systemd-networkd-wait-online", { "--interface=eth1 --timeout=20": "exit 0" });
  }
  return host;
}

const facts = {
  routes: [
    { destination: "10.200.0.0/24", nextHop: "10.240.0.80", interface: "eth1" },
    { destination: "10.200.1.0/24", nextHop: "10.240.0.81", interface: "eth1" },
  ],
};
const replaced = [
  ["ip", "-4", "route", "replace", "10.200.0.0/24", "via", "10.240.0.80", "proto", "77"],
  ["ip", "-4", "route", "replace", "10.200.1.0/24", "via", "10.240.0.81", "proto", "77"],
];

describe("50-pod-routes.sh", () => {
  let host: FakeHost;
  afterEach(() => host.remove());

  it("sets routes by a drop-in of networkd, then changes nothing, and takes them out again", () => {
    host = routedHost(true);
    const before = host.contents();
    const first = host.run("50-pod-routes", variables);
    expect(first.stderr).to.equal("");
    expect(first.changes).to.deep.equal([["networkctl", "reload"], ...replaced]);
    expect(first.facts()).to.deep.equal({ changed: true, ...facts, persistence: "networkd" });
    expect(host.read(dropIn)).to.equal(
      "[Route]\nDestination=10.200.0.0/24\nGateway=10.240.0.80\nProtocol=77\n\n[Route]\nDestination=10.200.1.0/24\nGateway=10.240.0.81\nProtocol=77\n",
    );
    const after = host.tree();
    const second = host.run("50-pod-routes", variables);
    expect(second.changes).to.deep.equal([]);
    expect(second.facts()).to.deep.equal({ changed: false, ...facts, persistence: "networkd" });
    expect(host.tree()).to.deep.equal(after);

    const undo = host.run("50-pod-routes.undo");
    expect(undo.stderr).to.equal("");
    expect(undo.changes).to.deep.equal([
      ["networkctl", "reload"],
      ["ip", "-4", "route", "del", "10.200.0.0/24", "via", "10.240.0.80", "dev", "eth1", "proto", "77"],
      ["ip", "-4", "route", "del", "10.200.1.0/24", "via", "10.240.0.81", "dev", "eth1", "proto", "77"],
    ]);
    expect(host.contents()).to.deep.equal(before);
    expect(host.run("50-pod-routes.undo").stdout).to.equal('{"changed":false}\n');
  });

  it("sets routes by a unit where networkd does not manage the interface", () => {
    host = routedHost(false);
    const before = host.contents();
    const first = host.run("50-pod-routes", variables);
    expect(first.stderr).to.equal("");
    expect(first.changes).to.deep.equal([
      ["systemctl", "daemon-reload"],
      ["systemctl", "restart", "hardway-pod-routes.service"],
      ...replaced,
    ]);
    expect(first.facts()).to.deep.equal({ changed: true, ...facts, persistence: "unit" });
    expect(host.read(unit)).to.match(
      /route replace 10\.200\.0\.0\/24 via 10\.240\.0\.80 proto 77; \S+ route replace 10\.200\.1\.0\/24 via 10\.240\.0\.81 proto 77; :;/,
    );
    expect(host.tree()["/etc/systemd/system/multi-user.target.wants/hardway-pod-routes.service"]).to.equal(
      `-> ${unit}`,
    );
    const after = host.tree();
    expect(host.run("50-pod-routes", variables).changes).to.deep.equal([]);
    expect(host.tree()).to.deep.equal(after);
    host.run("50-pod-routes.undo");
    expect(host.contents()).to.deep.equal(before);
  });

  it("replaces what differs and removes what is stale, only among its own", () => {
    host = routedHost(true);
    host.run("50-pod-routes", variables);
    host.write("/table", `${host.read("/table")}10.9.0.0/24 via 10.240.0.99 dev eth1 proto static\n`);
    const run = host.run("50-pod-routes", { ...variables, ROUTES: "10.200.1.0/24 via 10.240.0.82" });
    expect(run.changes).to.deep.equal([
      ["networkctl", "reload"],
      ["ip", "-4", "route", "del", "10.200.0.0/24", "via", "10.240.0.80", "proto", "77"],
      ["ip", "-4", "route", "del", "10.200.1.0/24", "via", "10.240.0.81", "proto", "77"],
      ["ip", "-4", "route", "replace", "10.200.1.0/24", "via", "10.240.0.82", "proto", "77"],
    ]);
    expect(host.read("/table")).to.contain("10.9.0.0/24 via 10.240.0.99");
    const none = host.run("50-pod-routes", { ...variables, ROUTES: "" });
    expect(none.facts()).to.deep.equal({ changed: true, routes: [], persistence: "networkd" });
    expect(host.exists(dropIn)).to.equal(false);
    expect(host.run("50-pod-routes", { ...variables, ROUTES: "" }).facts().changed).to.equal(false);
  });

  it("names every route that cannot be set, and changes nothing", () => {
    host = routedHost(true);
    host.write("/table", `${host.read("/table")}10.200.0.0/24 via 10.240.0.90 dev eth1 proto static\n`);
    const before = host.contents();
    const run = host.run("50-pod-routes", {
      ...variables,
      ROUTES: `${routes}\n10.200.2.0/24 via 192.0.2.77\n10.200.3.0/24 dev eth1`,
    });
    expect(run.status).to.equal(1);
    expect(run.changes).to.deep.equal([]);
    expect(run.stderr.split("\n").filter((line) => line.startsWith("- "))).to.deep.equal([
      "- the next hop 192.0.2.77 of 10.200.2.0/24 is not on a network of this host; found: 192.0.2.77 via 192.0.2.2 dev eth0 src 192.0.2.15. It must be a neighbour of 10.240.0.10",
      "- this is no route: 10.200.3.0/24 dev eth1 . Wanted: 10.200.1.0/24 via 10.240.0.81",
      "- there is another route to some of 10.200.0.0/24: 10.200.0.0/24 via 10.240.0.90 dev eth1 proto static. Choose another pod CIDR; or, if nothing needs that route any more, take away what sets it",
    ]);
    expect(host.contents()).to.deep.equal(before);
  });

  const inTheWay: [what: string, table: string, rules: string, wanted: string, problem: string][] = [
    [
      "a pod network that is the network of a card",
      "192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.15",
      "",
      "192.0.2.0/24 via 10.240.0.80",
      "192.0.2.0/24 overlaps 192.0.2.0/24 on the card eth0, which this host is on. Choose another pod CIDR: podCidr of that node, or clusterCidr",
    ],
    [
      "a pod network within the network of a card",
      "",
      "",
      "192.0.2.64/26 via 10.240.0.80",
      "192.0.2.64/26 overlaps 192.0.2.0/24 on the card eth0, which this host is on. Choose another pod CIDR: podCidr of that node, or clusterCidr",
    ],
    [
      "a network behind a card without an address",
      "10.200.0.128/25 dev tun0 proto static scope link",
      "",
      routes,
      "10.200.0.0/24 overlaps 10.200.0.128/25 on the card tun0, which this host is on. Choose another pod CIDR: podCidr of that node, or clusterCidr",
    ],
    ...["blackhole", "unreachable", "prohibit", "throw"].map((type): [string, string, string, string, string] => [
      `a route of the type ${type} for some of the pods`,
      `${type} 10.200.0.0/26 proto bird`,
      "",
      routes,
      `packets for some of 10.200.0.0/24 would be dropped: ${type} 10.200.0.0/26 proto bird. Whatever has made that route must not; ip route del ${type} 10.200.0.0/26 proto bird removes it until then`,
    ]),
    [
      "a route for pods other than the first",
      "10.200.1.128/26 via 10.240.0.9 dev eth1 proto static",
      "",
      routes,
      "there is another route to some of 10.200.1.0/24: 10.200.1.128/26 via 10.240.0.9 dev eth1 proto static. Choose another pod CIDR; or, if nothing needs that route any more, take away what sets it",
    ],
    [
      "a table that a rule asks first",
      "10.200.0.0/16 via 10.99.0.1 dev ts0 table 52",
      "5270:\tfrom all lookup 52",
      "10.200.1.0/24 via 10.240.0.81",
      'packets for 10.200.1.0/24 would not go to its pods but by what is asked before the main table: 10.200.0.0/16 via 10.99.0.1 dev ts0 table 52, by the rule "from all lookup 52". Choose another pod CIDR, or have that rule leave it out',
    ],
    [
      "a rule for what this host sends, with a way out of its own",
      "default via 10.240.0.1 dev eth1 table 100",
      "100:\tfrom 10.240.0.10 lookup 100",
      "10.200.1.0/24 via 10.240.0.81",
      'packets for 10.200.1.0/24 would not go to its pods but by what is asked before the main table: default via 10.240.0.1 dev eth1 table 100, by the rule "from 10.240.0.10 lookup 100". Choose another pod CIDR, or have that rule leave it out',
    ],
    [
      "a rule for what comes in from pods",
      "default via 192.0.2.9 dev eth0 table 9",
      "80:\tfrom all iif cni0 lookup 9",
      "10.200.1.0/24 via 10.240.0.81",
      'packets for 10.200.1.0/24 would not go to its pods but by what is asked before the main table: default via 192.0.2.9 dev eth0 table 9, by the rule "from all iif cni0 lookup 9". Choose another pod CIDR, or have that rule leave it out',
    ],
    [
      "a rule that drops packets to pods",
      "",
      "90:\tfrom all to 10.200.0.0/15 prohibit",
      "10.200.1.0/24 via 10.240.0.81",
      'packets for 10.200.1.0/24 would not go to its pods but by what is asked before the main table: the rule "from all to 10.200.0.0/15 prohibit". Choose another pod CIDR, or have that rule leave it out',
    ],
    [
      "a tunnel that takes all packets without its mark",
      "default dev wg0 table 51820 scope link",
      "32764:\tnot from all fwmark 0xca6c lookup 51820",
      "10.200.1.0/24 via 10.240.0.81",
      'packets for 10.200.1.0/24 would not go to its pods but by what is asked before the main table: default dev wg0 table 51820 scope link, by the rule "not from all fwmark 0xca6c lookup 51820". Choose another pod CIDR, or have that rule leave it out',
    ],
  ];
  for (const [what, table, rules, wanted, problem] of inTheWay) {
    it(`names ${what}, and changes nothing`, () => {
      host = routedHost(true);
      host.write("/table", `${host.read("/table")}${table}\n`);
      host.write("/rules", `0:\tfrom all lookup local\n${rules}\n${host.read("/rules")}`);
      const before = host.contents();
      const run = host.run("50-pod-routes", { ...variables, ROUTES: wanted });
      expect([run.status, run.changes]).to.deep.equal([1, []]);
      expect(run.stderr.split("\n").filter((line) => line.startsWith("- "))).to.deep.equal([`- ${problem}`]);
      expect(host.contents()).to.deep.equal(before);
    });
  }

  it("names what is in the way of the host's own pods, other than their bridge", () => {
    host = routedHost(true);
    const others = [
      "10.200.9.0/24 dev cni0 proto kernel scope link src 10.200.9.1",
      "blackhole 10.200.9.64/26 proto bird",
      "10.200.9.128/26 dev docker9 proto kernel scope link src 10.200.9.129",
      "default via 192.0.2.2 dev eth0 table 8",
    ];
    host.write("/table", `${host.read("/table")}${others.join("\n")}\n`);
    host.write("/rules", `8:\tfrom 10.200.9.0/24 lookup 8\n${host.read("/rules")}`);
    const run = host.run("50-pod-routes", { ...variables, ROUTES: "", POD_CIDR: "10.200.9.0/24" });
    expect(run.status).to.equal(1);
    expect(run.stderr.split("\n").filter((line) => line.startsWith("- "))).to.deep.equal([
      "- 10.200.9.0/24 overlaps 10.200.9.128/26 on the card docker9, which this host is on. Choose another pod CIDR: podCidr of that node, or clusterCidr",
      "- packets for some of 10.200.9.0/24 would be dropped: blackhole 10.200.9.64/26 proto bird. Whatever has made that route must not; ip route del blackhole 10.200.9.64/26 proto bird removes it until then",
      '- packets for 10.200.9.0/24 would not go to its pods but by what is asked before the main table: default via 192.0.2.2 dev eth0 table 8, by the rule "from 10.200.9.0/24 lookup 8". Choose another pod CIDR, or have that rule leave it out',
    ]);
    // Another node's pods may not be on the bridge either.
    const swapped = host.run("50-pod-routes", { ...variables, ROUTES: "10.200.9.0/24 via 10.240.0.80" });
    expect(swapped.stderr).to.contain(
      "- 10.200.9.0/24 overlaps 10.200.9.0/24 on the card cni0, which this host is on.",
    );
  });

  it("leaves alone what others have and what decides on no packet to pods", () => {
    host = routedHost(true);
    const others = [
      "blackhole 10.200.0.0/16 proto bird",
      "10.200.0.0/15 via 10.240.0.1 dev eth1 proto static",
      "10.200.1.0/24 via 10.240.0.81 dev eth1 proto static metric 50",
      "0.0.0.0/1 dev tun0 scope link",
      "default dev wg0 table 51820 scope link",
      "10.200.1.0/24 via 10.240.0.81 dev eth1 table 7",
      "default via 192.0.2.2 dev eth0 table 7",
      "default via 192.0.2.2 dev eth0 table 8",
      "local 10.240.0.10 dev eth1 table local proto kernel scope host src 10.240.0.10",
      "broadcast 10.240.0.255 dev eth1 table local proto kernel scope link src 10.240.0.10",
    ];
    host.write("/table", `${host.read("/table")}${others.join("\n")}\n`);
    const rules = [
      "0:\tfrom all lookup local",
      "7:\tfrom all lookup 7",
      "8:\tfrom 192.0.2.15 lookup 8",
      "9:\tfrom all to 10.9.0.0/16 lookup 8",
      "10:\tfrom all fwmark 0x1/0x1 lookup 8",
      "11:\tfrom all iif eth7 lookup 8",
      "1000:\tfrom all lookup [l3mdev-table]",
      "32764:\tfrom all lookup main suppress_prefixlength 0",
      "32765:\tnot from all fwmark 0xca6c lookup 51820",
      "32766:\tfrom all lookup main",
    ];
    host.write("/rules", `${rules.join("\n")}\n`);
    const run = host.run("50-pod-routes", { ...variables, ROUTES: "10.200.1.0/24 via 10.240.0.81" });
    expect([run.status, run.stderr]).to.deep.equal([0, ""]);
  });

  const strange: [what: string, table: string, shown: string][] = [
    [
      "route",
      "10.200.77.0/24 via 10.240.0.9 dev eth1 proto static",
      "10.200.77.0/24 via 10.240.0.9 dev eth1 proto static",
    ],
    ["route to one address", "10.200.77.5 via 10.240.0.9 dev eth1", "10.200.77.5 via 10.240.0.9 dev eth1"],
    [
      "route that holds pods' networks",
      "10.200.0.0/20 via 10.240.0.9 dev eth1",
      "10.200.0.0/20 via 10.240.0.9 dev eth1",
    ],
    ["route for all of it", "10.200.0.0/16 via 10.240.0.9 dev eth1", "10.200.0.0/16 via 10.240.0.9 dev eth1"],
    ["route that drops packets", "blackhole 10.200.64.0/18 proto bird", "blackhole 10.200.64.0/18 proto bird"],
    [
      "route of a table of its own",
      "10.200.77.0/24 via 10.9.0.1 dev ts0 table 52",
      "10.200.77.0/24 via 10.9.0.1 dev ts0 table 52",
    ],
    [
      "route with two next hops",
      String.raw`10.200.77.0/24 proto static \	nexthop via 10.240.0.8 dev eth1 weight 1 \	nexthop via 10.240.0.9 dev eth1 weight 1`,
      "10.200.77.0/24 proto static nexthop via 10.240.0.8 dev eth1 weight 1 nexthop via 10.240.0.9 dev eth1 weight 1",
    ],
  ];
  for (const [what, table, shown] of strange) {
    it(`names a ${what} in the part of the cluster's network that no node has, and changes nothing`, () => {
      host = routedHost(true);
      host.write("/table", `${host.read("/table")}${table}\n`);
      const run = host.run("50-pod-routes", { ...variables, CLUSTER_CIDR: "10.200.0.0/16" });
      expect([run.status, run.changes]).to.deep.equal([1, []]);
      expect(run.stderr.split("\n").filter((line) => line.startsWith("- "))).to.deep.equal([
        `- there is a route that is not ours within 10.200.0.0/16, where pods of nodes to come will be: ${shown}. Take away what sets it, or choose another clusterCidr`,
      ]);
    });
  }

  it("names a network of the host there, and says of what is in a node's way nothing twice", () => {
    host = routedHost(true);
    const others = [
      "10.200.88.0/24 dev docker9 proto kernel scope link src 10.200.88.1",
      "10.200.1.128/25 dev docker8 proto kernel scope link src 10.200.1.129",
      "blackhole 10.200.0.64/26",
    ];
    host.write("/table", `${host.read("/table")}${others.join("\n")}\n`);
    const run = host.run("50-pod-routes", { ...variables, CLUSTER_CIDR: "10.200.0.0/16" });
    expect(run.stderr.split("\n").filter((line) => line.startsWith("- "))).to.deep.equal([
      "- packets for some of 10.200.0.0/24 would be dropped: blackhole 10.200.0.64/26. Whatever has made that route must not; ip route del blackhole 10.200.0.64/26 removes it until then",
      "- 10.200.1.0/24 overlaps 10.200.1.128/25 on the card docker8, which this host is on. Choose another pod CIDR: podCidr of that node, or clusterCidr",
      "- 10.200.88.0/24 on the card docker9, which this host is on, is within 10.200.0.0/16, where pods of nodes to come will be. Choose another clusterCidr, or give that card another network",
    ]);
  });

  it("leaves alone what holds the cluster's network, the bridge, and what is ours by number, next hop or file", () => {
    host = routedHost(true);
    const others = [
      "10.0.0.0/8 via 10.240.0.1 dev eth1 proto static",
      "10.200.9.0/24 dev cni0 proto kernel scope link src 10.200.9.1",
      "10.200.1.0/24 via 10.240.0.81 dev eth1 proto static",
      "10.200.7.0/24 via 10.240.0.87 dev eth1 proto static",
      "10.200.8.0/24 via 10.240.0.88 dev eth1 proto 77",
      "10.201.0.0/24 via 10.240.0.9 dev eth1",
    ];
    host.write("/table", `${host.read("/table")}${others.join("\n")}\n`);
    const wanted = { ...variables, CLUSTER_CIDR: "10.200.0.0/16", POD_CIDR: "10.200.9.0/24" };
    expect(host.run("50-pod-routes", wanted).stderr, "without the file")
      .to.contain("not ours within 10.200.0.0/16")
      .and.to.contain("10.200.7.0/24 via");
    host.write(dropIn, "[Route]\nDestination=10.200.7.0/24\nGateway=10.240.0.87\nProtocol=77\n");
    const run = host.run("50-pod-routes", wanted);
    expect([run.status, run.stderr]).to.deep.equal([0, ""]);
    expect(host.read("/table")).not.to.contain("10.200.8.0/24");
  });
});

import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Report } from "../../../cli/verify/facts";
import { judgeRoutes, routeValues } from "../../../cli/verify/routes";
import { facts, lines, plan, problems, type Sections } from "./samples";

const dropin = "/etc/systemd/network/20-vpc.network.d/50-hardway-pod-routes.conf";
const routes = [
  { dst: "default", gateway: "10.0.2.2", dev: "eth0", protocol: "dhcp" },
  { dst: "10.200.0.0/24", dev: "cni0", protocol: "kernel", prefsrc: "10.200.0.1" },
  { dst: "10.200.1.0/24", gateway: "10.240.0.81", dev: "eth1", protocol: "77" },
  { dst: "10.240.0.0/24", dev: "eth1", protocol: "kernel" },
  { type: "local", dst: "10.200.0.1", dev: "cni0", table: "local" },
  { type: "broadcast", dst: "10.200.0.255", dev: "cni0", table: "local" },
];
const units = (networkd: string, unit: string) =>
  `Id=systemd-networkd.service\n${networkd}\n\nId=hardway-pod-routes.service\n${unit}`;
const good: Sections = {
  "get 10.200.1.2":
    '[{"dst":"10.200.1.2","gateway":"10.240.0.81","dev":"eth1","prefsrc":"10.240.0.80","flags":[],"uid":0}]',
  "from 10.200.1.2": '[{"dst":"10.200.0.2","from":"10.200.1.2","dev":"cni0","flags":[],"cache":[],"iif":"eth1"}]',
  "to 10.200.1.2":
    '[{"dst":"10.200.1.2","from":"10.200.0.2","gateway":"10.240.0.81","dev":"eth1","flags":[],"cache":[],"iif":"cni0"}]',
  routes: JSON.stringify(routes),
  obstacles: "",
  addresses: JSON.stringify([
    { ifindex: 1, ifname: "lo", addr_info: [{ local: "127.0.0.1", prefixlen: 8 }] },
    { ifindex: 2, ifname: "eth0", addr_info: [{ local: "10.0.2.15", prefixlen: 24 }] },
    { ifindex: 3, ifname: "eth1", addr_info: [{ local: "10.240.0.80", prefixlen: 24 }] },
  ]),
  "link 2": "NETWORK_FILE=/etc/systemd/network/10-management.network",
  "link 3": `ADMIN_STATE=configured\nNETWORK_FILE=/usr/lib/systemd/network/20-vpc.network\nNETWORK_FILE_DROPINS="${dropin}"`,
  dropins: `# ${dropin}\n[Route]\nDestination=10.200.1.0/24\nGateway=10.240.0.81\nProtocol=77`,
  units: units("ActiveState=active\nUnitFileState=enabled", "ActiveState=inactive\nUnitFileState="),
  "unit-text": [1, "No files found for hardway-pod-routes.service."],
};

const judge = (changes: Sections = {}) => judgeRoutes("node-0", plan, facts({ ...good, ...changes }));
const withRoute = (...more: object[]) => ({ routes: JSON.stringify([...routes, ...more]) });
const boot = "route 10.200.1.0/24 at the next boot";

describe("route checks", () => {
  it("ask the kernel which way packets go that come in from pods, and name what is in the way", () => {
    const programs = mkdtempSync(join(tmpdir(), "hardway-programs-"));
    const answers = [
      '"-o -4 route get 10.240.0.81") echo "10.240.0.81 dev eth1 src 10.240.0.80 uid 0" ;;',
      '"-o -4 address show") echo "3: eth1    inet 10.240.0.80/24 scope global eth1" ;;',
      '"-o -4 rule show") printf "0:\\tfrom all lookup local\\n32766:\\tfrom all lookup main\\n" ;;',
      '"-o -4 route show table all") echo "prohibit 10.200.1.64/26 proto static" ;;',
      '*) echo "$*" ;;',
    ];
    writeFileSync(join(programs, "ip"), `#!/bin/sh\ncase $* in\n${answers.join("\n")}\nesac\n`, { mode: 0o755 });
    try {
      const report = new Report({ routes: { ...routeValues("node-0", plan), BRIDGE: "lo" } });
      const env = { PATH: `${programs}:${process.env["PATH"]}` };
      const { stdout } = spawnSync("dash", ["-c", report.text()], { encoding: "utf8", env });
      const read = report.parse(stdout)("routes");
      expect(read.text("get 10.200.1.2")).to.equal("-j -4 route get 10.200.1.2");
      expect(read.text("from 10.200.1.2")).to.equal("-j -4 route get 10.200.0.2 from 10.200.1.2 iif eth1");
      expect(read.text("to 10.200.1.2")).to.equal("-j -4 route get 10.200.1.2 from 10.200.0.2 iif lo");
      expect(read.text("obstacles")).to.equal("10.200.1.0/24 void prohibit 10.200.1.64/26 proto static");
      const early = new Report({ routes: { ...routeValues("node-0", plan), BRIDGE: "no-such-bridge" } });
      const before = spawnSync("dash", ["-c", early.text()], { encoding: "utf8", env }).stdout;
      expect(early.parse(before)("routes").all("to").size).to.equal(0);
      expect(early.parse(before)("routes").text("from 10.200.1.2")).to.equal(
        "-j -4 route get 10.240.0.80 from 10.200.1.2 iif eth1",
      );
    } finally {
      rmSync(programs, { recursive: true });
    }
  });

  it("show which way packets go where all is well", () => {
    expect(problems(judge())).to.deep.equal([]);
    expect(lines(judge())).to.deep.equal([
      "route to 10.200.1.2 (pods of node-1): via 10.240.0.81 dev eth1",
      "packets from 10.200.1.2 (pods of node-1): taken in",
      "packets of pods here to 10.200.1.2 (pods of node-1): via 10.240.0.81 dev eth1",
      `${boot}: ${dropin}`,
      "other routes into 10.200.0.0/16: none",
      "networks, routes and rules in the way of pods: none",
    ]);
  });

  it("ask for one address of each pod network that the plan leads to", () => {
    expect(routeValues("server", plan)).to.deep.equal({
      TARGETS: "10.200.0.2 via 10.240.0.80\n10.200.1.2 via 10.240.0.81",
      WANTED: "10.200.0.0/24 via 10.240.0.80\n10.200.1.0/24 via 10.240.0.81",
      SOURCES: "10.240.0.10",
      BRIDGE: "cni0",
      HERE: "10.240.0.10",
      POD: "",
    });
    expect(routeValues("node-1", plan)).to.deep.equal({
      TARGETS: "10.200.0.2 via 10.240.0.80",
      WANTED: "10.200.0.0/24 via 10.240.0.80\n10.200.1.0/24",
      SOURCES: "10.240.0.81 10.200.1.0/24",
      BRIDGE: "cni0",
      HERE: "10.240.0.81",
      POD: "10.200.1.2",
    });
  });

  it("accept that a host without pods takes packets for itself, and has no bridge", () => {
    const local = '[{"type":"local","dst":"10.240.0.80","from":"10.200.1.2","dev":"lo","iif":"eth1"}]';
    const rest = Object.fromEntries(Object.entries(good).filter(([name]) => name !== "to 10.200.1.2"));
    const checks = judgeRoutes("node-0", plan, facts({ ...rest, "from 10.200.1.2": local }));
    expect(problems(checks)).to.deep.equal([]);
    expect(lines(checks)).to.include("packets from 10.200.1.2 (pods of node-1): taken in");
  });

  it("accept the unit where networkd does not manage the network", () => {
    const checks = judge({
      dropins: "",
      units: units("ActiveState=inactive\nUnitFileState=disabled", "ActiveState=active\nUnitFileState=enabled"),
      "unit-text": "ExecStart=/bin/sh -c 'ip route replace 10.200.1.0/24 via 10.240.0.81 proto 77'",
    });
    expect(problems(checks)).to.deep.equal([]);
    expect(lines(checks)).to.include(`${boot}: hardway-pod-routes.service (enabled)`);
  });

  const unit = { dropins: "", "unit-text": "ip route replace 10.200.1.0/24 via 10.240.0.81 proto 77" };
  const table: [string, Sections, string[]][] = [
    [
      "another next hop",
      { "get 10.200.1.2": '[{"gateway":"10.240.0.82","dev":"eth1"}]' },
      ["route to 10.200.1.2 (pods of node-1): via 10.240.0.82 dev eth1"],
    ],
    [
      "another device",
      { "get 10.200.1.2": '[{"gateway":"10.240.0.81","dev":"eth0"}]' },
      ["route to 10.200.1.2 (pods of node-1): via 10.240.0.81 dev eth0"],
    ],
    [
      "no next hop",
      { "get 10.200.1.2": '[{"dev":"cni0"}]' },
      ["route to 10.200.1.2 (pods of node-1): via no gateway dev cni0"],
    ],
    [
      "no way at all",
      { "get 10.200.1.2": [2, "RTNETLINK answers: Network is unreachable"] },
      ["route to 10.200.1.2 (pods of node-1): RTNETLINK answers: Network is unreachable"],
    ],
    [
      "a host that is not on the network",
      { addresses: "[]" },
      [
        "route to 10.200.1.2 (pods of node-1): via 10.240.0.81 dev eth1",
        "packets of pods here to 10.200.1.2 (pods of node-1): via 10.240.0.81 dev eth1",
        `${boot}: ${dropin}, but networkd manages no device by no file`,
      ],
    ],
    [
      "a card that does not forward what comes in",
      { "from 10.200.1.2": [2, "RTNETLINK answers: No route to host"] },
      [
        "packets from 10.200.1.2 (pods of node-1): dropped: the card it comes in by does not forward (RTNETLINK answers: No route to host)",
      ],
    ],
    [
      "a bridge that does not forward what pods send",
      { "to 10.200.1.2": [2, "RTNETLINK answers: No route to host"] },
      [
        "packets of pods here to 10.200.1.2 (pods of node-1): dropped: the card it comes in by does not forward (RTNETLINK answers: No route to host)",
      ],
    ],
    [
      "a strict filter of the way back",
      { "from 10.200.1.2": [2, "RTNETLINK answers: Invalid cross-device link"] },
      ["packets from 10.200.1.2 (pods of node-1): dropped by rp_filter (RTNETLINK answers: Invalid cross-device link)"],
    ],
    [
      "packets for pods here that go elsewhere",
      { "from 10.200.1.2": '[{"dst":"10.200.0.2","gateway":"10.0.2.2","dev":"eth0"}]' },
      ["packets from 10.200.1.2 (pods of node-1): via 10.0.2.2 dev eth0"],
    ],
    [
      "a rule for what pods send",
      { "to 10.200.1.2": '[{"dst":"10.200.1.2","gateway":"10.0.2.2","dev":"eth0"}]' },
      ["packets of pods here to 10.200.1.2 (pods of node-1): via 10.0.2.2 dev eth0"],
    ],
    [
      "what is in the way of pods",
      {
        obstacles:
          '10.200.1.0/24 rule default via 10.240.0.1 dev eth1 table 100, by the rule "from 10.240.0.80 lookup 100"\n10.200.0.0/24 network 10.200.0.0/16 on the card ts0',
      },
      [
        'networks, routes and rules in the way of pods: 10.200.1.0/24: default via 10.240.0.1 dev eth1 table 100, by the rule "from 10.240.0.80 lookup 100"; 10.200.0.0/24: 10.200.0.0/16 on the card ts0',
      ],
    ],
    [
      "a stale route",
      withRoute({ dst: "10.200.7.0/24", gateway: "10.240.0.87", dev: "eth1" }),
      ["other routes into 10.200.0.0/16: 10.200.7.0/24 via 10.240.0.87"],
    ],
    [
      "a stale route in another table",
      withRoute({ type: "blackhole", dst: "10.200.7.9", table: "100" }),
      ["other routes into 10.200.0.0/16: blackhole 10.200.7.9 via nothing"],
    ],
    [
      "a second next hop",
      withRoute({ dst: "10.200.1.0/24", gateway: "10.240.0.9", dev: "eth1", metric: 9 }),
      ["other routes into 10.200.0.0/16: 10.200.1.0/24 via 10.240.0.9"],
    ],
    [
      "the node's own pods by way of another",
      withRoute({ dst: "10.200.0.0/24", gateway: "10.240.0.81", dev: "eth1" }),
      ["other routes into 10.200.0.0/16: 10.200.0.0/24 via 10.240.0.81"],
    ],
    ["a route that nothing keeps", { dropins: "" }, [`${boot}: no file has it`]],
    [
      "a drop-in with another next hop",
      { dropins: String(good["dropins"]).replace("0.81", "0.82") },
      [`${boot}: no file has it`],
    ],
    [
      "a drop-in without networkd",
      { units: units("ActiveState=inactive\nUnitFileState=disabled", "") },
      [`${boot}: ${dropin}, but systemd-networkd is inactive, disabled`],
    ],
    [
      "a drop-in of another card",
      { "link 3": "NETWORK_FILE=/run/systemd/network/30-other.network" },
      [`${boot}: ${dropin}, but networkd manages eth1 by 30-other.network`],
    ],
    [
      "a unit that is off",
      { ...unit, units: units("ActiveState=active\nUnitFileState=enabled", "UnitFileState=disabled") },
      [`${boot}: hardway-pod-routes.service (disabled)`],
    ],
  ];
  for (const [what, changes, expected] of table) {
    it(`find ${what}`, () => expect(problems(judge(changes))).to.deep.equal(expected));
  }
});

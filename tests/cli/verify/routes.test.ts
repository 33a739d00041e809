import { expect } from "chai";
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
  routes: JSON.stringify(routes),
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
  it("show which way packets go where all is well", () => {
    expect(problems(judge())).to.deep.equal([]);
    expect(lines(judge())).to.deep.equal([
      "route to 10.200.1.2 (pods of node-1): via 10.240.0.81 dev eth1",
      `${boot}: ${dropin}`,
      "other routes into 10.200.0.0/16: none",
    ]);
  });

  it("ask for one address of each pod network that the plan leads to", () => {
    expect(routeValues("server", plan)).to.deep.equal({ TARGETS: "10.200.0.2\n10.200.1.2" });
    expect(routeValues("node-1", plan)).to.deep.equal({ TARGETS: "10.200.0.2" });
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
        `${boot}: ${dropin}, but networkd manages no device by no file`,
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

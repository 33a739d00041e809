import { expect } from "chai";
import { cniValues, judgeCni } from "../../../cli/verify/cni";
import { renderBridgeConf, renderLoopbackConf } from "../../../components/node/cniFiles";
import type { PlannedHost } from "../../../components/plan/routes";
import { facts, lines, plan, problems, type Sections } from "./samples";

const node = plan.hosts[1] as PlannedHost;
const pings =
  "--- 10.200.0.1 ping statistics ---\n2 packets transmitted, 2 received, 0% packet loss\nrtt min/avg/max/mdev = 0.1/0.2/0.3/0.1 ms";
const address = (local: string, prefixlen = 24) =>
  `[{},{"ifname":"eth0","mtu":1500,"addr_info":[{"family":"inet","local":"${local}","prefixlen":${prefixlen}}]}]`;

const good: Sections = {
  plugins: "bridge executable\nhost-local executable\nloopback executable",
  "conf-files": "10-bridge.conflist\n99-loopback.conf",
  netns: "",
  add: '{"cniVersion":"1.0.0"}',
  address: address("10.200.0.9"),
  route: '[{"dst":"default","gateway":"10.200.0.1","dev":"eth0","flags":[]}]',
  ping: pings,
  "add-loopback": "{}",
  lo: '[{"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"]}]',
  lease: "/var/lib/cni/networks/bridge/10.200.0.9",
  veth: "/sys/class/net/veth1",
  del: "",
  "lease-after": "",
  "veth-after": [2, "ls: cannot access"],
  "del-loopback": "",
  "netns-del": "",
  "netns-after": [2, "ls: cannot access"],
};

const judge = (changes: Sections = {}) => judgeCni(node, plan.cni, facts({ ...good, ...changes }));

describe("CNI checks", () => {
  it("show what was made and unmade by hand where all is well", () => {
    expect(problems(judge())).to.deep.equal([]);
    expect(lines(judge())).to.deep.equal([
      "plugins in /opt/cni/bin: executable: bridge, host-local, loopback",
      "files in /etc/cni/net.d: 10-bridge.conflist, 99-loopback.conf",
      "ADD bridge: exit 0",
      "address in the namespace: 10.200.0.9/24",
      "MTU in the namespace: 1500",
      "default route in the namespace: via 10.200.0.1 dev eth0",
      "ping of the gateway: 2 packets transmitted, 2 received, 0% packet loss; rtt min/avg/max/mdev = 0.1/0.2/0.3/0.1 ms",
      "ADD loopback: lo is up",
      "DEL bridge: exit 0",
      "address lease after DEL: gone",
      "veth on the host after DEL: gone",
      "namespace after DEL: gone",
    ]);
  });

  it("hand the script what it needs of the plan", () => {
    expect(cniValues(node, plan.cni, "aa")).to.deep.equal({
      RUN: "aa",
      BIN_DIR: "/opt/cni/bin",
      PLUGINS: "bridge host-local loopback",
      CONF_DIR: "/etc/cni/net.d",
      BRIDGE_CONF: renderBridgeConf({ bridge: "cni0", podCidr: "10.200.0.0/24", masquerade: "bridge" }),
      LOOPBACK_CONF: renderLoopbackConf(),
    });
  });

  it("expect the MTU that was chosen, of the plugin's configuration as of the pod", () => {
    const cni = { ...plan.cni, mtu: 9001 };
    expect(problems(judgeCni(node, cni, facts(good)))).to.deep.equal(["MTU in the namespace: 1500"]);
    expect(cniValues(node, cni, "aa")["BRIDGE_CONF"]).to.contain('"mtu": 9001');
  });

  const table: [string, Sections, string[]][] = [
    [
      "a plugin that is missing",
      { plugins: "bridge executable\nhost-local missing\nloopback executable" },
      ["plugins in /opt/cni/bin: missing: host-local"],
    ],
    [
      "a file that comes before ours",
      { "conf-files": ".00.conf\n10-bridge.conflist\n99-loopback.conf" },
      ["files in /etc/cni/net.d: .00.conf, 10-bridge.conflist, 99-loopback.conf"],
    ],
    [
      "a 10-bridge.conf, which comes before ours",
      { "conf-files": "10-bridge.conf\n10-bridge.conflist\n99-loopback.conf" },
      ["files in /etc/cni/net.d: 10-bridge.conf, 10-bridge.conflist, 99-loopback.conf"],
    ],
    [
      "a loopback file that is missing",
      { "conf-files": "10-bridge.conflist" },
      ["files in /etc/cni/net.d: 10-bridge.conflist"],
    ],
    ["no folder at all", { "conf-files": "" }, ["files in /etc/cni/net.d: none"]],
    ["an address of another node", { address: address("10.200.1.9") }, ["address in the namespace: 10.200.1.9/24"]],
    ["an address of another size", { address: address("10.200.0.9", 16) }, ["address in the namespace: 10.200.0.9/16"]],
    [
      "no default route",
      { route: "[]" },
      ["default route in the namespace: []", `ping of the gateway: ${pings.split("\n").slice(-2).join("; ")}`],
    ],
    [
      "a gateway elsewhere",
      { route: '[{"dst":"default","gateway":"10.0.2.2","dev":"eth0"}]' },
      ["default route in the namespace: via 10.0.2.2 dev eth0"],
    ],
    [
      "a gateway that is silent",
      { ping: [1, "--- statistics ---\n\n2 packets transmitted, 0 received"] },
      ["ping of the gateway: --- statistics ---; 2 packets transmitted, 0 received"],
    ],
    ["a loopback that stays down", { lo: '[{"ifname":"lo","flags":["LOOPBACK"]}]' }, ["ADD loopback: lo is down"]],
    ["a loopback plugin that fails", { "add-loopback": [1, "no such file"] }, ["ADD loopback: no such file"]],
    ["a DEL that fails", { del: [1, '{"code":999}'] }, ['DEL bridge: {"code":999}']],
    [
      "what DEL leaves",
      {
        "lease-after": "/var/lib/cni/networks/bridge/10.200.0.9",
        "veth-after": "/sys/class/net/veth1",
        "netns-after": "/run/netns/x",
      },
      [
        "address lease after DEL: still there",
        "veth on the host after DEL: still there",
        "namespace after DEL: still there",
      ],
    ],
    [
      "what was never there, and so proves nothing",
      { lease: "", veth: [2, ""] },
      ["address lease after DEL: was never there", "veth on the host after DEL: was never there"],
    ],
    [
      "an ADD that fails",
      {
        add: [1, '{"code":7,"msg":"failed to set up bridge"}'],
        address: [1, 'Device "eth0" does not exist.'],
        route: "[]",
        ping: [2, "ping: usage"],
        lease: "",
        veth: [2, ""],
      },
      [
        'ADD bridge: {"code":7,"msg":"failed to set up bridge"}',
        'address in the namespace: Device "eth0" does not exist.',
        "MTU in the namespace: unknown",
        "default route in the namespace: []",
        "ping of the gateway: ping: usage",
        "address lease after DEL: was never there",
        "veth on the host after DEL: was never there",
      ],
    ],
    [
      "a namespace that cannot be made",
      { netns: [1, "Cannot create namespace: Operation not permitted"] },
      ["ADD bridge: Cannot create namespace: Operation not permitted", "namespace after DEL: was never there"],
    ],
  ];
  for (const [what, changes, expected] of table) {
    it(`find ${what}`, () => expect(problems(judge(changes))).to.deep.equal(expected));
  }

  it("take nothing for granted that the host did not report", () => {
    for (const name of Object.keys(good).filter((name) => name !== "del-loopback")) {
      const left = Object.fromEntries(Object.entries(good).filter(([key]) => key !== name));
      expect(() => judgeCni(node, plan.cni, facts(left)), name).to.throw(`the host did not report "${name}"`);
    }
  });
});

import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { literal } from "../../components/literal";
import {
  cniFileNames,
  cniPackages,
  renderBridgeConf,
  renderLoopbackConf,
  renderNetwork,
} from "../../components/node/cniFiles";
import { fakeForwarding, traces } from "./fakeForwarding";
import { FakeHost } from "./fakeHost";
import { aptOptions, fakePackages, purge, recordNew } from "./fakePackages";
import { releaseArchive } from "./releaseArchive";

const plugins = ["bridge", "host-local", "loopback", "portmap"];
const conf = "/etc/cni/net.d/10-bridge.conflist";
const single = "/etc/cni/net.d/10-bridge.conf";
const table =
  "table ip hardway; delete table ip hardway; table ip hardway { chain postrouting { type nat hook postrouting priority 100; " +
  "ip saddr 10.200.0.0/24 ip daddr != { 10.200.0.0/16, 224.0.0.0/4 } masquerade; }; }";

function variables(podCidr = "10.200.0.0/24", masquerade: "bridge" | "outsideCluster" | "none" = "bridge", mtu = 0) {
  const network = { bridge: "cni0", podCidr, masquerade, mtu };
  return {
    CNI_BIN_DIR: "/opt/cni/bin",
    CNI_CONF_DIR: "/etc/cni/net.d",
    PLUGINS: plugins.join(" "),
    PACKAGES: cniPackages().join(" "),
    BRIDGE: "cni0",
    NETWORK_FILE: cniFileNames.network,
    NETWORK: renderNetwork(network),
    BRIDGE_CONF: renderBridgeConf(network),
    LOOPBACK_CONF: renderLoopbackConf(),
    POD_CIDR: podCidr,
    CLUSTER_CIDR: "10.200.0.0/16",
    MASQUERADE: masquerade,
    PEER: "10.240.0.10",
    FAR_POD: "10.200.255.254",
    MTU: mtu === 0 ? "" : String(mtu),
    KERNEL_MTU: "1500",
    ARTIFACTS: "",
  };
}

/** A plugin that answers VERSION, and DEL only with a configuration that has braces. */
const plugin = `#!/bin/dash
[ -n "\${CNI_COMMAND-}" ] || { echo "CNI plugin version unknown" >&2; exit 0; }
case $CNI_COMMAND in
VERSION) echo '{"cniVersion":"1.0.0","supportedVersions":["0.4.0","1.0.0"]}' ;;
ADD) grep -qx 1 "$HARDWAY_ROOT/proc/sys/net/ipv4/ip_forward" || echo 1 >"$HARDWAY_ROOT/proc/sys/net/ipv4/ip_forward" ;;
DEL) case $(cat) in '{'*'}') ;; *) echo '{"code":6}'; exit 1 ;; esac ;;
*) exit 98 ;;
esac`;

function cniHost(): FakeHost {
  const host = new FakeHost();
  const forwarding = fakeForwarding(host);
  host.write("/etc/cni/net.d/99-zz.conflist", "{}");
  host.write("/usr/lib/.keep", "");
  const files = plugins
    .map(
      (name) =>
        `printf '%s' '${plugin.replaceAll("'", "'\\''")}' >"$R/usr/lib/cni/${name}"; chmod 755 "$R/usr/lib/cni/${name}"`,
    )
    .join("; ");
  fakePackages(host, {
    "containernetworking-plugins": {
      install: `mkdir -p "$R/usr/lib/cni"; ${files}`,
      purge: 'rm -r "$R/usr/lib/cni"',
      version: "1.1.1-1",
    },
    iptables: {},
    nftables: {},
  });
  host.program(
    "ip",
    {
      ...forwarding.ip,
      "-o -4 address show dev cni0": 'cat "$R/cni0-address"',
      "-o -4 address show":
        "echo '2: eth1    inet 10.240.0.80/24 scope global eth1'; cat \"$R/cni0-address\" 2>/dev/null || :",
      "-o -4 route show table all":
        "echo '10.240.0.0/24 dev eth1 proto kernel scope link src 10.240.0.80'; cat \"$R/routes\" 2>/dev/null || :",
    },
    { "link delete cni0": 'rm -r "$R/sys/class/net/cni0"' },
  );
  host.program(
    "systemctl",
    { "is-active -q hardway-masquerade.service": '[ -e "$R/active" ]' },
    {
      "daemon-reload": "exit 0",
      "restart hardway-masquerade.service": 'rm -f "$R/flushed"; touch "$R/active"',
      "stop hardway-masquerade.service": 'rm "$R/active"',
    },
  );
  host.program("nft", {
    ...forwarding.nft,
    "list table ip hardway":
      "[ ! -e \"$R/flushed\" ] || exit 1; echo '  ip saddr 10.200.0.0/24 ip daddr != { 10.200.0.0/16, 224.0.0.0/4 } masquerade'",
  });
  return host;
}

function bridge(host: FakeHost, address: string, ports: string[] = [], mtu = 1500): void {
  host.write("/sys/class/net/cni0/brif/.keep", "");
  for (const card of ["cni0", ...ports]) host.write(`/sys/class/net/${card}/mtu`, `${mtu}\n`);
  host.write("/cni0-address", `5: cni0    inet ${address} brd 10.200.0.255 scope global cni0\n`);
  for (const port of ports) host.write(`/sys/class/net/cni0/brif/${port}`, "");
}

describe("40-cni-config.sh", () => {
  let host: FakeHost;
  beforeEach(() => (host = cniHost()));
  afterEach(() => host.remove());

  it("installs, links and configures, then changes nothing, and undo leaves nothing", () => {
    const before = host.contents();
    const first = host.run("40-cni-config", variables());
    expect(first.stderr).to.equal("");
    expect(first.changes).to.deep.equal([
      ["apt-get", ...aptOptions, "update"],
      [
        "apt-get",
        ...aptOptions,
        ...recordNew,
        "--no-install-recommends",
        "install",
        "containernetworking-plugins",
        "iptables",
        "nftables",
      ],
    ]);
    expect(first.facts()).to.deep.equal({
      changed: true,
      plugins: { bridge: "1.1.1-1", "host-local": "1.1.1-1", loopback: "1.1.1-1", portmap: "1.1.1-1" },
      cniVersion: "1.0.0",
      masquerade: "bridge",
    });
    const after = host.tree();
    for (const name of plugins) expect(after[`/opt/cni/bin/${name}`]).to.equal(`-> /usr/lib/cni/${name}`);
    expect(host.read(conf)).to.equal(variables().NETWORK);
    expect(host.read("/etc/cni/net.d/99-loopback.conf")).to.equal(renderLoopbackConf());
    expect(host.read("/etc/systemd/network/50-hardway-veth.link")).to.contain(
      "Driver=veth\n\n[Link]\nMACAddressPolicy=none\n",
    );

    const second = host.run("40-cni-config", variables());
    expect(second.changes).to.deep.equal([]);
    expect(second.facts()).to.deep.equal({ ...first.facts(), changed: false });
    expect(host.tree()).to.deep.equal(after);

    bridge(host, "10.200.0.1/24"); // as the first pod makes it
    host.write("/var/lib/cni/networks/bridge/10.200.0.2", "x");
    const undo = host.run("40-cni-config.undo");
    expect(undo.stderr).to.equal("");
    expect(undo.changes).to.deep.equal([
      ["ip", "link", "delete", "cni0"],
      purge("containernetworking-plugins", "iptables", "nftables"),
    ]);
    rmSync(host.path("/cni0-address"));
    expect(host.contents()).to.deep.equal(before);
    expect(host.run("40-cni-config.undo").stdout).to.equal('{"changed":false}\n');
  });

  it("masquerades outside of the cluster by a table and a unit of its own", () => {
    const first = host.run("40-cni-config", variables("10.200.0.0/24", "outsideCluster"));
    expect(first.stderr).to.equal("");
    expect(first.changes.slice(2)).to.deep.equal([
      ["systemctl", "daemon-reload"],
      ["systemctl", "restart", "hardway-masquerade.service"],
    ]);
    expect(host.read("/etc/systemd/system/hardway-masquerade.service")).to.match(
      new RegExp(`\\nExecStart=/\\S+/nft '${literal(table)}'\\n`),
    );
    expect(host.run("40-cni-config", variables("10.200.0.0/24", "outsideCluster")).changes).to.deep.equal([]);
    // Somebody took the table away; the unit, which ran once, is still active.
    host.write("/flushed", "");
    expect(host.run("40-cni-config", variables("10.200.0.0/24", "outsideCluster")).changes).to.deep.equal([
      ["systemctl", "stop", "hardway-masquerade.service"],
      ["systemctl", "daemon-reload"],
      ["systemctl", "restart", "hardway-masquerade.service"],
    ]);
    const back = host.run("40-cni-config", variables());
    expect(back.changes).to.deep.equal([
      ["systemctl", "stop", "hardway-masquerade.service"],
      ["systemctl", "daemon-reload"],
    ]);
    expect(host.exists("/etc/systemd/system/hardway-masquerade.service")).to.equal(false);
    expect(back.facts().masquerade).to.equal("bridge");
  });

  it("puts back what somebody removed, edited or replaced by another program, and nothing else", () => {
    host.run("40-cni-config", variables());
    const before = host.contents();
    rmSync(host.path(conf));
    host.write("/etc/cni/net.d/99-loopback.conf", "{}");
    rmSync(host.path("/opt/cni/bin/portmap"));
    rmSync(host.path("/opt/cni/bin/host-local"));
    host.write("/opt/cni/bin/host-local", "#!/bin/dash\nexit 1\n", 0o755);
    // As it is when somebody writes to /opt/cni/bin/bridge, a link to it.
    host.write("/usr/lib/cni/bridge", "#!/bin/dash\nexit 1\n", 0o755);
    host.write("/dpkg-verify/containernetworking-plugins", "??5??????   /usr/lib/cni/bridge\n");
    const run = host.run("40-cni-config", variables());
    expect(run.stderr).to.equal("");
    expect(run.changes.map((change) => change.slice(aptOptions.length + recordNew.length + 1))).to.deep.equal([
      ["--no-install-recommends", "install", "--reinstall", "containernetworking-plugins"],
    ]);
    rmSync(host.path("/dpkg-verify"), { recursive: true });
    expect(host.contents()).to.deep.equal(before);
    expect(host.run("40-cni-config", variables()).facts().changed).to.equal(false);
  });

  it("keeps a plugin that somebody else put there", () => {
    host.write("/opt/cni/bin/portmap", plugin.replace("unknown", "v1.9.1"), 0o755);
    const run = host.run("40-cni-config", variables());
    expect(run.facts().plugins).to.include({ portmap: "v1.9.1", bridge: "1.1.1-1" });
    host.run("40-cni-config.undo");
    expect(host.read("/opt/cni/bin/portmap")).to.equal(plugin.replace("unknown", "v1.9.1"));
  });

  it("names all that is in the way, and changes nothing", () => {
    host.write("/etc/cni/net.d/05-other.conflist", "{}");
    host.write("/etc/cni/net.d/10-aaa.json", "{}");
    host.write("/etc/cni/net.d/.hidden.conf", "{}");
    host.write("/etc/cni/net.d/05-folder.conf/file", "");
    host.write("/etc/cni/net.d/05-other.conflist~", "{}");
    bridge(host, "10.200.7.1/24", ["veth1"]);
    const before = host.contents();
    const run = host.run("40-cni-config", variables());
    expect(run.status).to.equal(1);
    expect(run.changes).to.deep.equal([]);
    expect(run.stderr.split("\n").filter((line) => line.startsWith("- "))).to.deep.equal([
      "- /etc/cni/net.d/.hidden.conf sorts before 10-bridge.conflist, so the runtime would use it instead. Move it away",
      "- /etc/cni/net.d/05-other.conflist sorts before 10-bridge.conflist, so the runtime would use it instead. Move it away",
      "- /etc/cni/net.d/10-aaa.json sorts before 10-bridge.conflist, so the runtime would use it instead. Move it away",
      "- cni0 has the address 10.200.7.1/24 and POD_CIDR is now 10.200.0.0/24, but containers still use it: veth1 . Remove the pods of this node first",
    ]);
    expect(host.contents()).to.deep.equal(before);
  });

  it("refuses a pod CIDR that holds an address or a network of the host, and names the card", () => {
    host.write("/routes", "10.200.0.128/25 dev wg0 scope link\n10.200.0.64/26 via 10.240.0.1 dev eth1\n");
    bridge(host, "10.200.0.1/24"); // the pods' own
    const before = host.contents();
    const run = host.run("40-cni-config", variables());
    expect(run.status).to.equal(1);
    expect(run.stderr.split("\n").filter((line) => line.startsWith("- "))).to.deep.equal([
      "- the pod CIDR 10.200.0.0/24 overlaps 10.200.0.128/25 on the card wg0, which this host is on: its pods would take addresses there, and the host would lose it. Choose another pod CIDR",
    ]);
    expect(host.run("40-cni-config", variables("10.240.0.0/25")).stderr).to.contain(
      "the pod CIDR 10.240.0.0/25 overlaps 10.240.0.0/24 on the card eth1",
    );
    expect(host.contents()).to.deep.equal(before);
  });

  describe("with an MTU of pods", () => {
    const withMtu = (mtu: number) => variables("10.200.0.0/24", "bridge", mtu);
    const refusal = (mtu: number) => {
      const before = host.contents();
      const run = host.run("40-cni-config", withMtu(mtu));
      expect([run.status, run.changes]).to.deep.equal([1, []]);
      expect(host.contents()).to.deep.equal(before);
      return run.stderr.split("\n").filter((line) => line.startsWith("- "));
    };
    beforeEach(() => host.write("/sys/class/net/eth1/mtu", "9001\n"));

    it("gives the plugin the largest that their packets' card has, once, and takes it back", () => {
      expect(host.run("40-cni-config", withMtu(9001)).stderr).to.equal("");
      expect(host.read(conf)).to.contain('"mtu": 9001');
      expect(host.run("40-cni-config", withMtu(9001)).facts().changed).to.equal(false);
      expect(host.run("40-cni-config", variables()).facts().changed).to.equal(true);
      expect(host.read(conf)).not.to.contain("mtu");
    });

    it("refuses more than the card has, and names it", () => {
      expect(refusal(9002)).to.deep.equal([
        "- the MTU of pods is 9002, but their packets leave by eth1, which has 9001. Choose 9001 or less, or give the network of eth1 a larger one",
      ]);
    });

    it("refuses to mix pods that have another with new ones, in both directions", () => {
      bridge(host, "10.200.0.1/24", ["veth1", "veth2"]);
      expect(refusal(9001)).to.deep.equal([
        "- pods are to have the MTU 9001, but those at veth1 veth2 of cni0 were made with another, which they keep. Remove the pods of this node first",
      ]);
      host.write("/sys/class/net/veth1/mtu", "9001\n");
      expect(refusal(0)).to.deep.equal([
        "- pods are to have the MTU 1500, but those at veth1 of cni0 were made with another, which they keep. Remove the pods of this node first",
      ]);
    });

    it("says nothing about a card with less than the kernel gives, as long as nobody asks for more", () => {
      host.write("/sys/class/net/eth1/mtu", "1400\n");
      expect(host.run("40-cni-config", variables()).stderr).to.equal("");
      expect(refusal(1500)).to.have.length(1);
    });

    it("gives a bridge with another up that nothing uses, and leaves one with the same alone", () => {
      bridge(host, "10.200.0.1/24", [], 9001);
      expect(host.run("40-cni-config", withMtu(9001)).changes.map(([name]) => name)).not.to.contain("ip");
      expect(host.run("40-cni-config", variables()).changes).to.deep.equal([["ip", "link", "delete", "cni0"]]);
      expect(host.run("40-cni-config", variables()).facts().changed).to.equal(false);
    });
  });

  it("takes the place of the file that earlier versions wrote, and keeps what was there before them", () => {
    host.write("/etc/cni/net.d/.keep", "");
    const before = host.contents();
    // As the earlier version did: its own file, and what it knows of it.
    host.write(single, "ours");
    host.write(`/var/lib/hardway/40-cni-config/own${single}`, "");
    expect(host.run("40-cni-config", variables()).stderr).to.equal("");
    expect([host.exists(single), host.exists(conf)]).to.deep.equal([false, true]);
    expect(host.exists(`/var/lib/hardway/40-cni-config/own${single}`)).to.equal(false);
    host.run("40-cni-config.undo");
    expect(host.contents()).to.deep.equal(before);
  });

  for (const earlier of [false, true])
    it(`moves a file that was written by hand out of the way until undo${earlier ? ", also one that was replaced" : ""}`, () => {
      host.write("/etc/cni/net.d/.keep", "");
      host.write(single, "by hand");
      const before = host.contents();
      if (earlier) {
        host.write(`/var/lib/hardway/40-cni-config/own${single}`, "644 0");
        host.write(`/var/lib/hardway/40-cni-config/was${single}`, "by hand");
        host.write(single, "ours");
      }
      const first = host.run("40-cni-config", variables());
      expect(first.stderr).to.equal("");
      expect([host.exists(single), host.exists(conf)]).to.deep.equal([false, true]);
      expect(host.run("40-cni-config", variables()).facts().changed).to.equal(false);
      expect(host.exists(single)).to.equal(false);
      host.run("40-cni-config.undo");
      expect(host.contents()).to.deep.equal(before);
    });

  it("gives the bridge up when the pod CIDR changes and nothing uses it", () => {
    host.run("40-cni-config", variables());
    bridge(host, "10.200.0.1/24");
    host.write("/var/lib/cni/networks/bridge/last_reserved_ip.0", "10.200.0.9");
    const run = host.run("40-cni-config", variables("10.200.5.0/24"));
    expect(run.changes).to.deep.equal([["ip", "link", "delete", "cni0"]]);
    expect(host.exists("/var/lib/cni/networks/bridge")).to.equal(false);
    expect(host.read(conf)).to.contain("10.200.5.0/24");
  });

  describe("and what portmap leaves", () => {
    const chains =
      "# Generated by iptables-save v1.8.11 (nf_tables)\n*nat\n:PREROUTING ACCEPT [0:0]\n:CNI-HOSTPORT-DNAT - [0:0]\n" +
      ":CNI-HOSTPORT-MASQ - [0:0]\n:CNI-HOSTPORT-SETMARK - [0:0]\n:THEIRS - [0:0]\n" +
      "-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT\n-A PREROUTING -j THEIRS\n" +
      '-A POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ\n' +
      "-A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE\nCOMMIT\n";

    function undone(nat: string): string | undefined {
      host.write("/nat", nat);
      host.program("iptables-save", { "-t nat": 'cat "$R/nat"' });
      host.program("iptables-restore", { "--noflush -w 10": 'cat >"$R/restored"' });
      host.run("40-cni-config", variables());
      expect(host.run("40-cni-config.undo").stderr).to.equal("");
      return host.exists("/restored") ? host.read("/restored") : undefined;
    }

    it("goes with the undo: its chains, and nobody else's", () => {
      expect(undone(chains)).to.equal(
        "*nat\n-D PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT\n" +
          '-D POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ\n' +
          "-D CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE\n" +
          "-X CNI-HOSTPORT-DNAT\n-X CNI-HOSTPORT-MASQ\n-X CNI-HOSTPORT-SETMARK\nCOMMIT\n",
      );
    });

    it("stays while a pod has a host port, and where there is nothing nothing is written", () => {
      expect(undone(`${chains}-A CNI-HOSTPORT-DNAT -p tcp -m multiport --dports 80 -j CNI-DN-0\n`)).to.equal(undefined);
      expect(undone("*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n")).to.equal(undefined);
    });
  });

  it("leaves a bridge that pods still use to the runtime's undo", () => {
    host.run("40-cni-config", variables());
    bridge(host, "10.200.0.1/24", ["veth1"]);
    rmSync(host.path("/sys/class/net/cni0/brif/.keep"));
    host.write("/var/lib/hardway/30-containerd/before", "");
    const undo = host.run("40-cni-config.undo");
    expect(undo.changes.map(([name]) => name)).to.deep.equal(["dpkg"]);
    expect(host.read("/var/lib/hardway/30-containerd/pod-network")).to.equal("cni0 bridge true\n");
  });

  it("reports a configuration that the plugin refuses", () => {
    const run = host.run("40-cni-config", { ...variables(), BRIDGE_CONF: '  "cniVersion": "1.0.0",\nbroken' });
    expect(run.status).to.equal(1);
    expect(run.stderr).to.contain(
      'hardway: 40-cni-config: the bridge plugin refuses what 10-bridge.conflist has for it: {"code":6}',
    );
  });

  describe("sends packets through the host", () => {
    const cidr = "10.200.0.0/16";
    const nftRules = (chain: string) =>
      `nft insert rule ${chain} ip saddr ${cidr} accept; nft insert rule ${chain} ip daddr ${cidr} accept; ` +
      "and the same in the file that makes this table at boot, such as /etc/nftables.conf";
    const iptablesRules = (iptables: string) =>
      `${iptables} -I FORWARD -s ${cidr} -j ACCEPT; ${iptables} -I FORWARD -d ${cidr} -j ACCEPT; ` +
      "and for the next boot: apt-get install iptables-persistent; netfilter-persistent save";
    const policy = "firewall-cmd --permanent --policy hardway-pods";
    const firewalld =
      `firewall-cmd --permanent --zone=trusted --add-source=${cidr}; firewall-cmd --permanent --new-policy hardway-pods; ` +
      `${policy} --add-ingress-zone ANY; ${policy} --add-egress-zone trusted; ${policy} --set-target ACCEPT; firewall-cmd --reload`;
    const table: [what: string, drops: string, trace: string, said: string][] = [
      [
        "an nftables chain's policy",
        "in out",
        traces.policy,
        `between cni0 and eth1: chain forward of the nftables table inet filter (policy drop). Let them through: ${nftRules("inet filter forward")}.`,
      ],
      [
        "an nftables rule, one way only",
        "in",
        traces.rule,
        `from eth1 to cni0: chain forward of the nftables table inet f2 (ip daddr 10.200.0.0/16 drop). Let them through: ${nftRules("inet f2 forward")}.`,
      ],
      [
        "iptables' last rule, with a policy that accepts",
        "in out",
        traces.iptables,
        `between cni0 and eth1: chain FORWARD of the nftables table ip filter (reject with icmp type host-prohibited). Let them through: ${iptablesRules("iptables")}.`,
      ],
      [
        "firewalld",
        "in out",
        traces.firewalld,
        `between cni0 and eth1: chain filter_FORWARD_POLICIES of the nftables table inet firewalld (reject with icmpx admin-prohibited). Let them through: ${firewalld}.`,
      ],
    ];
    for (const [what, drops, trace, said] of table)
      it(`and names ${what} where they are dropped, with what lets them through`, () => {
        host.write("/drops", drops);
        host.write("/trace", trace);
        const run = host.run("40-cni-config", variables());
        expect(run.status).to.equal(1);
        expect(run.stderr.trim().split("\n").at(-1)).to.equal(
          `hardway: 40-cni-config: a firewall drops pods' packets ${said} `.trim(),
        );
        expect(Object.keys(host.contents()).filter((path) => /probe|netns/.test(path))).to.deep.equal([]);
        rmSync(host.path("/drops"));
        expect(host.run("40-cni-config", variables()).facts().changed).to.equal(true); // what was pending is settled
        expect(host.run("40-cni-config", variables()).facts().changed).to.equal(false);
      });

    it("and names ufw, whose own rules last", () => {
      host.write("/drops", "out");
      host.write("/trace", traces.iptablesPolicy);
      host.write("/etc/ufw/ufw.conf", "# comment\nENABLED=yes\nLOGLEVEL=low\n");
      expect(host.run("40-cni-config", variables()).stderr).to.contain(
        "a firewall drops pods' packets from cni0 to eth1: chain FORWARD of the nftables table ip filter (policy drop). " +
          `Let them through: ufw route allow from ${cidr}; ufw route allow to ${cidr}.`,
      );
    });

    it("and takes no firewall's word for it: rules that let them through are as good as none", () => {
      host.write("/etc/ufw/ufw.conf", "ENABLED=yes\n");
      host.write("/trace", traces.passes);
      expect(host.run("40-cni-config", variables()).stderr).to.equal("");
    });

    it("and names the rule of the older iptables that counted them", () => {
      const saved = (count: number, policy: number) =>
        `*filter\n:INPUT ACCEPT [9:80]\n:FORWARD DROP [${policy}:0]\n[${count}:120] -A FORWARD -i eth1 -j DROP\n[7:0] -A INPUT -j DROP\nCOMMIT\n`;
      host.write("/before", saved(0, 0));
      host.write("/after", saved(2, 0));
      host.program("iptables-legacy-save", { "-c": 'cat "$R/before"; cp "$R/after" "$R/before"' });
      host.write("/drops", "in");
      expect(host.run("40-cni-config", variables()).stderr).to.contain(
        "a firewall drops pods' packets from eth1 to cni0: chain FORWARD of iptables-legacy's table filter " +
          `(-A FORWARD -i eth1 -j DROP). Let them through: ${iptablesRules("iptables-legacy")}.`,
      );
    });

    it("and says what else can be the reason where no chain drops them", () => {
      host.write("/drops", "in");
      host.write("/proc/sys/net/ipv4/conf/eth1/forwarding", "0\n");
      expect(host.run("40-cni-config", variables()).stderr).to.contain(
        "pods' packets are dropped from eth1 to cni0, and no chain of nftables or iptables says so; " +
          "net.ipv4.conf.eth1.forwarding is 0: set it to 1, now and in /etc/sysctl.d.",
      );
    });

    it("and takes away what one that was killed left, also in the undo, and puts forwarding back", () => {
      host.write("/etc/cni/net.d/.keep", "");
      const untouched = host.contents();
      expect(host.run("40-cni-config", variables()).stderr).to.equal("");
      const before = host.contents();
      const killed = () => {
        for (const name of ["hardway-probe-pod", "hardway-probe-far"]) host.write(`/run/netns/${name}`, "");
        host.write("/sys/class/net/hwprobe0/address", "02:00:00:00:00:01");
        host.write("/probe-table", "x");
        host.write("/run/hardway-probe/forwarding", "1 ip_forward\n");
        host.write("/probe-route", "x");
      };
      killed();
      host.write("/proc/sys/net/ipv4/ip_forward", "0\n");
      expect(host.run("40-cni-config", variables()).facts().changed).to.equal(false);
      expect(host.read("/proc/sys/net/ipv4/ip_forward")).to.equal("0\n");
      host.write("/proc/sys/net/ipv4/ip_forward", "1\n");
      expect(host.contents()).to.deep.equal(before);
      killed();
      expect(host.run("40-cni-config.undo").stderr).to.equal("");
      expect(host.contents()).to.deep.equal(untouched);
    });
  });

  describe("with the plugins' own release", () => {
    /** As if it had been downloaded: nothing is fetched again. */
    function release(version: string): string {
      const { line, digest, bytes } = releaseArchive(
        "cni-plugins",
        version,
        Object.fromEntries(plugins.map((name) => [name, plugin.replace("unknown", version)])),
      );
      host.write(`/var/cache/hardway/artifacts/${digest}`, "");
      writeFileSync(host.path(`/var/cache/hardway/artifacts/${digest}`), bytes);
      return line;
    }
    const current = "/opt/hardway/cni-plugins/current";
    /** The archives are the test's, so they stay. */
    const contents = () =>
      Object.fromEntries(Object.entries(host.contents()).filter(([path]) => !path.startsWith("/var/cache/")));
    beforeEach(() => {
      host.program("uname", { "-m": "echo x86_64" });
      for (const folder of ["/opt", "/var/cache/hardway/artifacts"]) host.write(`${folder}/.keep`, "");
    });

    const released = (ARTIFACTS: string) => ({ ...variables(), PACKAGES: "iptables nftables", ARTIFACTS });

    it("links them, changes nothing the second time, and leaves nothing behind", () => {
      const before = contents();
      const ARTIFACTS = release("1.9.1");
      const first = host.run("40-cni-config", released(ARTIFACTS));
      expect(first.stderr).to.equal("");
      expect(first.facts().plugins).to.deep.equal(Object.fromEntries(plugins.map((name) => [name, "1.9.1"])));
      expect(first.changes.flat()).to.not.include("containernetworking-plugins");
      expect(host.contents()["/opt/cni/bin/bridge"]).to.equal(`-> ${current}/bridge`);
      const after = host.tree();
      expect(host.run("40-cni-config", released(ARTIFACTS)).facts().changed).to.equal(false);
      expect(host.tree()).to.deep.equal(after);

      const next = host.run("40-cni-config", released(release("1.9.2")));
      expect(next.stderr).to.equal("");
      expect(readdirSync(host.path("/opt/hardway/cni-plugins"))).to.have.length(2);
      expect(next.facts().plugins).to.include({ bridge: "1.9.2" });

      const distro = host.run("40-cni-config", variables());
      expect(distro.stderr).to.equal("");
      expect(host.contents()["/opt/cni/bin/bridge"]).to.equal("-> /usr/lib/cni/bridge");
      expect(host.exists("/opt/hardway/cni-plugins")).to.equal(true);
      expect(host.exists(current)).to.equal(false);
      expect(host.run("40-cni-config.undo").stderr).to.equal("");
      expect(contents()).to.deep.equal(before);
    });

    it("unpacks them again when somebody changed or removed one", () => {
      const ARTIFACTS = release("1.9.1");
      host.run("40-cni-config", released(ARTIFACTS));
      const before = host.contents();
      const folder = before[current]!.replace("-> ", "/opt/hardway/cni-plugins/");
      for (const drift of [
        () => host.write(`${folder}/bridge`, "#!/bin/dash\nexit 1\n", 0o755),
        () => rmSync(host.path(`${folder}/portmap`)),
      ]) {
        drift();
        const run = host.run("40-cni-config", released(ARTIFACTS));
        expect(run.stderr).to.equal("");
        expect(run.facts().changed).to.equal(true);
        expect(host.contents()).to.deep.equal(before);
        expect(host.run("40-cni-config", released(ARTIFACTS)).facts().changed).to.equal(false);
      }
    });

    it("says what architecture it lacks", () => {
      host.program("uname", { "-m": "echo riscv64" });
      expect(host.run("40-cni-config", released(release("1.9.1"))).stderr).to.contain(
        "there is no release of cni-plugins for this host's architecture, riscv64; take packages, or a mirror that has it",
      );
    });
  });
});

import { rmSync } from "node:fs";
import { expect } from "chai";
import { peerUrl } from "../../components/cluster/etcdFiles";
import type { ProxyMode } from "../../components/cluster/kubeProxyFiles";
import { balancer, controlPlane, dnsImage, etcd, hostFor, kubelet, proxy, strays } from "./clusterCases";
import { ownNetworks, type ClusterHost, type ClusterStep } from "./fakeCluster";

describe("60-etcd.sh and its data", () => {
  const of = hostFor("60-etcd");

  it("refuses the data of another etcd", () => {
    of().write("/var/lib/etcd/member/snap/db", "theirs");
    const refused = of().step("60-etcd", etcd());
    expect(refused.stderr).to.contain(
      "- /var/lib/etcd holds the data of another etcd. Move it away, or leave this host out of the cluster",
    );
    expect(refused.changes).to.deep.equal([]);
    of().run("60-etcd.undo");
    expect(of().read("/var/lib/etcd/member/snap/db")).to.equal("theirs");
  });

  it("goes on with its own, which root alone reads, and undo takes them out of a folder that was there", () => {
    of().write("/var/lib/etcd/lost+found/.keep", "");
    const before = of().contents();
    for (const changed of [true, false])
      expect(of().step("60-etcd", etcd()).facts()).to.include({ changed, version: "3.6.16" });
    expect(of().contents()["/var/lib/etcd"]).to.equal("folder 700");
    of().write("/var/lib/etcd/member/snap/db", "ours");
    of().run("60-etcd.undo");
    expect(of().contents()).to.deep.equal(before);
  });

  const members = [10, 11, 12].map((last, index) => ({ name: `server-${index}`, address: `10.240.0.${last}` }));
  const urls = members.map(peerUrl);
  const run = (step: ClusterStep) => of().step("60-etcd", step);
  const listens = () =>
    of().write("/ports/2380", 'LISTEN 0 4096 10.240.0.10:2380 *:* users:(("etcd",pid=4711,fd=6))\n');
  /** One of several, of which the others came later. */
  const begin = () => {
    const first = run(etcd({ members }));
    listens();
    expect(run(etcd({ members })).facts()).to.include({ changed: true });
    return first;
  };

  it("waits for its port where it is one of several that are not there yet", () => {
    of().program("curl", { "*": "exit 7" });
    expect(begin().stderr).to.contain("etcd does not listen. Mend what its last lines say, then run again.");
    expect(run(etcd({ members })).facts()).to.include({ changed: false });
  });

  it("waits for a majority that was there before, so that the next member has its turn only then", () => {
    begin();
    rmSync(of().path("/ports"), { recursive: true });
    expect(run(etcd({ members, heartbeatMilliseconds: 500 })).facts()).to.include({ changed: true });
    listens();
    const lost = run(etcd({ members, token: "broken" }));
    expect(lost.stderr).to.contain("etcd does not get healthy. Mend what its last lines say");
  });

  const says = (members: readonly string[]) =>
    of().program("etcd.real", {
      "--endpoints https://127.0.0.1:2379 * member list --consistency s -w simple": members
        .map((url, index) => `echo '8e9e05c5216469${index}d, started, server-${index}, ${url}, https://x:2379, false'`)
        .join("\n"),
    });

  for (const [who, ask] of [
    ["etcd says", () => says([...urls].reverse())],
    ["it was begun with, where etcd does not answer", () => undefined],
  ] as const)
    it(`refuses other members than those that ${who}, before it changes anything`, () => {
      begin();
      ask();
      expect(run(etcd({ members })).facts()).to.include({ changed: false });
      const before = of().contents();
      const refused = run(etcd());
      expect(refused.stderr).to.contain(
        `- etcd's members here are ${urls.join(" ")}, and wanted are ${urls[0]}. The controllers of a living cluster cannot ` +
          "change: have these as before, or remove the cluster first",
      );
      expect(refused.changes).to.deep.equal([]);
      expect(of().contents()).to.deep.equal(before);
    });

  it("believes what etcd says, and not its unit", () => {
    of().step("60-etcd", etcd());
    says(urls);
    expect(of().step("60-etcd", etcd()).stderr).to.contain(`here are ${urls.join(" ")}, and wanted are ${urls[0]}.`);
  });
});

describe("61-control-plane.sh and its host", () => {
  const of = hostFor("61-control-plane");

  it("restarts none of them where only what none of them reads has changed, also on the way back", () => {
    of().step("61-control-plane", controlPlane());
    const admin = () => of().read("/var/lib/kubernetes/admin.key");
    const working = admin();
    rmSync(of().path("/running/kube-apiserver"));
    const changed = controlPlane();
    const failed = of().step("61-control-plane", {
      ...changed,
      credentials: { ...changed.credentials, "admin.key": "hidden-other" },
    });
    expect(failed.stderr).to.contain(
      "Mend what its last lines say, then run again. What worked before is back in place. The last lines of kube-apiserver",
    );
    expect(failed.changes).to.deep.equal([
      ["systemctl", "daemon-reload"],
      ["systemctl", "daemon-reload"],
    ]);
    expect(admin()).to.equal(working);
  });

  it("changes nothing before etcd has a majority", () => {
    rmSync(of().path("/running/etcd"));
    const failed = of().step("61-control-plane", controlPlane());
    expect(failed.stderr).to.contain(
      "etcd on this host does not get healthy, which takes most of its members; see journalctl -u etcd here and on the other",
    );
    expect([failed.told.includes("waiting for etcd"), failed.changes]).to.deep.equal([true, []]);
  });

  it("refuses Services in a network of this host", () => {
    const refused = of().step("61-control-plane", controlPlane({ cidr: "10.240.0.0/20" }));
    expect(refused.stderr).to.contain(
      "- this host is on 10.240.0.0/24 on the card eth1, and Services have 10.240.0.0/20, so that what is there could not be " +
        "reached. Take another network for the Services",
    );
    expect(refused.changes).to.deep.equal([]);
  });

  it("refuses its manifests", () => {
    const manifest = "/etc/kubernetes/manifests/kube-apiserver.yaml";
    of().write(manifest, "kind: Pod\n");
    const refused = of().step("61-control-plane", controlPlane());
    expect(refused.stderr).to.contain(
      `- ${manifest} is of another cluster, made by kubeadm. Run kubeadm reset, or leave this host out of the cluster`,
    );
    expect(refused.changes).to.deep.equal([]);
  });
});

describe("65-api-balancer.sh and HAProxy", () => {
  const of = hostFor("65-api-balancer");
  const run = () => of().step("65-api-balancer", balancer());
  const undo = () => of().run("65-api-balancer.undo");
  const [unit, config] = ["/lib/systemd/system/haproxy.service", "/etc/haproxy/haproxy.cfg"];
  const installed = () => {
    of().write("/dpkg/haproxy", "");
    of().write(unit, "");
    of().write(config, "somebody's");
    of().write("/systemd/active/haproxy.service", "");
  };

  it("starts its own service, and not the package's", () => {
    run();
    expect(of().exists("/systemd/active/api-balancer.service")).to.equal(true);
    expect(of().exists("/systemd/active/haproxy.service")).to.equal(false);
    expect(of().contents()["/etc/systemd/system/haproxy.service"]).to.equal("-> /dev/null");
  });

  it("leaves one that is there as it is, beside its own", () => {
    installed();
    const before = of().contents();
    const { changes } = run();
    expect(changes.flat()).not.to.include("haproxy");
    const after = of().contents();
    for (const path of Object.keys(before)) expect(after[path], path).to.equal(before[path]);
    undo();
    expect(of().contents()).to.deep.equal(before);
  });

  for (const [what, path] of [
    ["that is no package", "/etc/systemd/system/haproxy.service"],
    ["whose package is gone", config],
  ] as const)
    it(`refuses the configuration of an HAProxy ${what}`, () => {
      of().write(path, "somebody's");
      const before = of().contents();
      const refused = run();
      expect(refused.stderr).to.match(
        /- \/etc\/\S+ is of an HAProxy that is (no package of the distribution|not installed as a package)\. Install the package haproxy yourself, which is then left as it is, or move that away/,
      );
      expect(refused.changes).to.deep.equal([]);
      undo();
      expect(of().contents()).to.deep.equal(before);
    });

  it("leaves the package that it brought to somebody who has configured it since", () => {
    run();
    rmSync(of().path("/etc/systemd/system/haproxy.service"));
    of().write(config, "somebody's");
    of().write("/systemd/active/haproxy.service", "");
    of().write("/dpkg-verify/haproxy", "??5?????? c /etc/haproxy/haproxy.cfg\n");
    expect(run().facts()).to.include({ changed: true });
    expect(run().facts()).to.include({ changed: false });
    expect(of().exists("/etc/systemd/system/haproxy.service")).to.equal(false);
    const undone = undo();
    expect([undone.stderr, undone.changes.flat().includes("--purge")]).to.deep.equal(["", false]);
    expect([of().read(config), of().exists("/dpkg/haproxy"), of().exists("/etc/api-balancer")]).to.deep.equal([
      ...["somebody's", true, false],
    ]);
  });
});

describe("70-kubelet.sh and its host", () => {
  const of = hostFor("70-kubelet");
  const run = (step = kubelet()) => of().step("70-kubelet", step);
  const undo = () => of().run("70-kubelet.undo");
  const resolver = () => of().read("/etc/kubernetes/kubelet.conf.d/10-resolver.conf");

  it("refuses swap and cgroup v1, both at once", () => {
    of().write("/proc/swaps", "Filename Type Size Used Priority\n/dev/vdb2 partition 1 0 -2\n/swap file 1 0 -3\n");
    rmSync(of().path("/sys/fs/cgroup/cgroup.controllers"));
    const refused = run();
    expect(refused.stderr).to.contain(
      "- this host has cgroup v1, with which the kubelet does not start. Boot it with systemd.unified_cgroup_hierarchy=1",
    );
    expect(refused.stderr).to.contain(
      "- swap is on: /dev/vdb2 /swap. Switch it off (swapoff -a), or run the kernel's step again",
    );
    expect(refused.changes).to.deep.equal([]);
  });

  it("resolves by what systemd-resolved knows where that runs, and restarts the kubelet when that changes", () => {
    run();
    expect(resolver()).to.contain("kind: KubeletConfiguration\nresolvConf: /etc/resolv.conf\n");
    of().write("/run/systemd/resolve/resolv.conf", "nameserver 10.0.0.1\n");
    expect(run().facts()).to.include({ changed: false });
    of().write("/systemd/active/systemd-resolved.service", "");
    expect(run().changes).to.deep.include(["systemctl", "restart", "--no-block", "kubelet"]);
    expect(resolver()).to.contain("resolvConf: /run/systemd/resolve/resolv.conf\n");
    expect(run().facts()).to.include({ changed: false });
  });

  it("refuses a containerd that a newer kubelet cannot ask", () => {
    const of1 = (containerd: string, version: string) => {
      of().program("containerd", { "--version": `echo 'containerd github.com/containerd/containerd ${containerd} x'` });
      return run(kubelet({ version }));
    };
    const refused = of1("1.7.24~ds1", "1.38.0");
    expect(refused.stderr).to.contain(
      "- kubelet 1.38.0 needs containerd 2 or newer; found 1.7.24~ds1. Take a newer containerd, or an older Kubernetes",
    );
    expect(refused.changes).to.deep.equal([]);
    expect(of1("1.7.24~ds1", "1.37.1").stderr).to.equal("");
    expect(of1("v2.4.2", "1.38.0").stderr).to.equal("");
  });

  it("fails where the API server does not get to have the Node, or has it of an earlier machine alone", () => {
    const failure =
      "the API server at https://10.240.0.10:6443 does not have the Node node-0 of this boot. Mend what its last lines say";
    rmSync(of().path("/running/registered"));
    expect(run().stderr).to.contain(failure);
    of().write("/running/registered", '{"bootID": "earlier"}');
    expect(run().stderr).to.contain(failure);
  });

  const crictl = ["crictl.real", "-r", "unix:///run/containerd/containerd.sock", "-t", "60s", "rmp", "-fa"];

  it("removes the pods by the runtime that they are of, before what is mounted and what is left of them", () => {
    run();
    const crio = "-r unix:///run/crio/crio.sock";
    of().program(
      "crictl.real",
      { [`${crio} inspecti -q ${dnsImage}`]: ":" },
      { [`${crio} -t 60s rmp -fa`]: ":", [`${crio} rmi ${dnsImage}`]: ":" },
    );
    of().write("/run/crio/crio.sock", "");
    run({ ...kubelet(), variables: { ...kubelet().variables, SOCKET: "unix:///run/crio/crio.sock" } });
    const volumes = ["/var/lib/kubelet/pods/1/volumes/a", "/var/lib/kubelet/pods/1/volumes/a/b\\040c", "/srv"];
    of().write("/proc/mounts", volumes.map((path) => `tmpfs ${path} tmpfs rw 0 0\n`).join(""));
    of().program("umount", {}, { "-l *": 'grep -v " ${2%% *}" "$R/proc/mounts" >"$R/m"; mv "$R/m" "$R/proc/mounts"' });
    const undone = undo();
    expect(undone.stderr).to.equal("");
    expect(undone.changes.slice(0, 6)).to.deep.equal([
      ["systemctl", "stop", "kubelet"],
      ["systemctl", "reset-failed", "kubelet"],
      ["crictl.real", "-r", "unix:///run/crio/crio.sock", ...crictl.slice(3)],
      ["crictl.real", "-r", "unix:///run/crio/crio.sock", "rmi", dnsImage],
      ["umount", "-l", "/var/lib/kubelet/pods/1/volumes/a/b c"],
      ["umount", "-l", "/var/lib/kubelet/pods/1/volumes/a"],
    ]);
  });

  it("leaves the pods of somebody else's kubelet alone, beside which the step was refused", () => {
    of().write("/lib/systemd/system/kubelet.service", "");
    of().write("/proc/mounts", "tmpfs /var/lib/kubelet/pods/1/volumes/a tmpfs rw 0 0\n");
    chainsOf(of(), ["*filter", ":KUBE-FIREWALL - [0:0]", "COMMIT"]);
    expect(run().status).to.equal(1);
    const undone = undo();
    expect(undone.stderr).to.equal("");
    expect(undone.changes).to.deep.equal([["systemctl", "daemon-reload"]]);
  });

  it("deletes nothing while something is mounted in its folder", () => {
    run();
    of().write("/proc/mounts", "/dev/vdc /var/lib/kubelet/pods/1/volumes/data ext4 rw 0 0\n");
    of().write("/var/lib/kubelet/pods/1/volumes/data/precious", "");
    of().program("umount", {}, { "-l *": "echo 'umount: busy' >&2; exit 32" });
    expect(undo().stderr).to.contain(
      "cannot unmount /var/lib/kubelet/pods/1/volumes/data; end what uses it (fuser -m), then run again",
    );
    expect(of().exists("/var/lib/kubelet/pods/1/volumes/data/precious")).to.equal(true);
  });

  it("wants the runtime for its pods, and does without where neither is there", () => {
    run();
    of().program("crictl.real", {}, { "-r *": "echo 'connection refused' >&2; exit 1" });
    const failed = undo();
    expect(failed.stderr).to.contain(
      "cannot remove this node's pods by unix:///run/containerd/containerd.sock; see the lines above. Start the container",
    );
    expect(failed.changes.filter(([name]) => name === "crictl.real")).to.deep.equal([crictl, crictl, crictl]);
    rmSync(of().path("/run/containerd/containerd.sock"));
    of().write("/sys/fs/cgroup/kubepods.slice/cgroup.events", "populated 1\nfrozen 0\n");
    expect(undo().status).to.equal(1);
    of().write("/sys/fs/cgroup/kubepods.slice/cgroup.events", "populated 0\nfrozen 0\n");
    expect(undo().stderr).to.equal("");
  });

  it("takes its chains out of the kernel, and no others", () => {
    run();
    chainsOf(of(), [
      "*mangle",
      ":PREROUTING ACCEPT [0:0]",
      ":KUBE-IPTABLES-HINT - [0:0]",
      ":KUBE-KUBELET-CANARY - [0:0]",
      "COMMIT",
      "*filter",
      ":INPUT ACCEPT [0:0]",
      ":KUBE-FIREWALL - [0:0]",
      ":KUBE-FIREWALL-MINE - [0:0]",
      "-A INPUT -j KUBE-FIREWALL",
      "-A INPUT -j KUBE-FIREWALL-MINE",
      "-A KUBE-FIREWALL ! -s 127.0.0.0/8 -j DROP",
      "COMMIT",
    ]);
    expect(undo().stderr).to.equal("");
    expect(of().read("/restored").trim().split("\n")).to.deep.equal([
      ...["*mangle", "-F KUBE-IPTABLES-HINT", "-F KUBE-KUBELET-CANARY"],
      ...["-X KUBE-IPTABLES-HINT", "-X KUBE-KUBELET-CANARY", "COMMIT"],
      ...["*filter", "-D INPUT -j KUBE-FIREWALL", "-F KUBE-FIREWALL", "-X KUBE-FIREWALL", "COMMIT"],
    ]);
  });
});

/** What iptables-save prints; what iptables-restore is given is in /restored. */
function chainsOf(host: ClusterHost, lines: readonly string[]): void {
  host.write("/chains", `${lines.join("\n")}\n`);
  host.program("iptables-save", { "": 'cat "$R/chains"' });
  host.program("iptables-restore", {}, { "-w --noflush": 'cat >"$R/restored"' });
}

describe("71-kube-proxy.sh and the kernel", () => {
  const of = hostFor("71-kube-proxy");
  beforeEach(() => {
    for (const module of ["ip_vs", "ip_vs_rr"]) of().write(`/sys/module/${module}/initstate`, "live\n");
  });

  for (const { mode, packages, tool, call, answer } of [
    ...[
      {
        mode: "iptables" as ProxyMode,
        packages: ["iptables", "conntrack", "nftables"],
        tool: "iptables-save",
        call: "-t nat",
      },
    ].map((one) => ({ ...one, answer: "-A KUBE-SERVICES -d 10.32.0.1/32 -p tcp" })),
    {
      ...{
        mode: "nftables" as ProxyMode,
        packages: ["nftables"],
        tool: "nft",
        call: "list map ip kube-proxy service-ips",
      },
      answer: "elements = { 10.32.0.1 . tcp . 443 : goto service-x }",
    },
    {
      ...{
        mode: "ipvs" as ProxyMode,
        packages: ["iptables", "ipset", "ipvsadm", "nftables"],
        tool: "ipvsadm",
        call: "-Ln",
      },
      answer: "TCP  10.32.0.1:443 rr",
    },
  ])
    it(`asks the kernel whether ${mode} leads to the API server, and its undo purges the packages`, () => {
      const before = of().contents();
      const asks = (text: string) =>
        tool === "nft"
          ? of().program(tool, { ...strays.reads, [call]: text }, strays.changes)
          : of().program(tool, { [call]: text, "": ":" });
      asks("echo 10.32.0.11/32 10.32.0.10:443");
      expect(of().step("71-kube-proxy", proxy({ mode })).stderr).to.contain(
        "the kernel has nothing from kube-proxy for 10.32.0.1, the Service kubernetes. Mend",
      );
      asks(`echo '${answer}'`);
      expect(of().step("71-kube-proxy", proxy({ mode })).facts()).to.include({ version: "v1.36.3" });
      expect(of().read("/var/lib/hardway/71-kube-proxy/packages").trim().split("\n").sort()).to.deep.equal(
        [...packages].sort(),
      );
      of().run("71-kube-proxy.undo");
      expect(of().contents()).to.deep.equal(before);
    });

  it("takes away what another mode has made before it begins with this one, also where that was cut off", () => {
    of().step("71-kube-proxy", proxy());
    of().program("ipvsadm", { "-Ln": "echo 'TCP  10.32.0.1:443 rr'" });
    of().write("/sys/class/net/kube-ipvs0/.keep", "");
    of().program("ip", ownNetworks, { "link delete kube-ipvs0": 'rm -r "$R/sys/class/net/kube-ipvs0"' });
    of().write("/sys/module/ip_set/initstate", "live\n");
    // The first try comes before the kernel has let go of it.
    for (const name of ["KUBE-CLUSTER-IP", "KUBE-6-NODE-PORT-TCP", "mine", "KUBE-DST-OTHER"])
      of().write(`/sets/${name}`, "used");
    of().program(
      "ipset",
      { "list -name": 'ls "$R/sets"' },
      { "destroy *": 'if grep -q used "$R/sets/$2"; then echo free >"$R/sets/$2"; exit 1; fi; rm "$R/sets/$2"' },
    );
    const to = (mode: ProxyMode) => {
      const { changes, stderr } = of().step("71-kube-proxy", proxy({ mode }));
      expect(stderr).to.equal("");
      return changes.filter(([name]) => name !== "apt-get").map((words) => words.join(" "));
    };
    const [stop, start] = ["systemctl stop kube-proxy", "systemctl restart --no-block kube-proxy"];
    expect(to("ipvs")).to.deep.equal([
      ...[stop, "systemctl reset-failed kube-proxy", "kube-proxy.real --cleanup"],
      ...["nft delete table ip hardway_services", "ip link delete kube-ipvs0"],
      ...["KUBE-6-NODE-PORT-TCP", "KUBE-CLUSTER-IP"].flatMap((set) => Array<string>(2).fill(`ipset destroy ${set}`)),
      ...["systemctl daemon-reload", "systemctl reset-failed kube-proxy", start],
    ]);
    expect(to("ipvs")).to.deep.equal([]);
    of().write("/var/lib/hardway/71-kube-proxy/pending", "");
    expect(to("ipvs").slice(0, 3)).to.deep.equal([
      ...[stop, "systemctl reset-failed kube-proxy", "kube-proxy.real --cleanup"],
    ]);
  });

  it("makes the table again that refuses what no Service has, by the service, when somebody took it away", () => {
    of().step("71-kube-proxy", proxy());
    rmSync(of().path("/kernel/strays"));
    const { changes, stderr } = of().step("71-kube-proxy", proxy());
    expect(stderr).to.equal("");
    expect(changes.map((words) => words.join(" "))).to.include.members([
      "systemctl stop kube-proxy",
      "systemctl restart --no-block kube-proxy",
    ]);
    expect(of().exists("/kernel/strays")).to.equal(true);
    expect(of().step("71-kube-proxy", proxy()).changes).to.deep.equal([]);
  });

  it("refuses a mode that the kernel has no module for, and a network that this host is on", () => {
    rmSync(of().path("/sys/module"), { recursive: true });
    const refused = (mode: ProxyMode, SERVICE_CIDR = "10.32.0.0/24") => {
      const step = proxy({ mode });
      return of().step("71-kube-proxy", { ...step, variables: { ...step.variables, SERVICE_CIDR } });
    };
    for (const [mode, modules] of [
      ["iptables", ["nf_tables", "nft_reject_ipv4"]],
      ["nftables", ["nf_tables", "nft_reject_ipv4"]],
      ["ipvs", ["nf_tables", "nft_reject_ipv4", "ip_vs", "ip_vs_rr"]],
    ] as const) {
      const { stderr, changes } = refused(mode, "10.240.0.0/24");
      for (const module of modules)
        expect(stderr).to.contain(
          `- kernel 6.12.0 has no module ${module} and it is not built in. Install the full kernel`,
        );
      expect(stderr).to.contain("- this host is on 10.240.0.0/24 on the card eth1, and Services have 10.240.0.0/24");
      expect(changes).to.deep.equal([]);
    }
    for (const module of ["nf_tables", "nft_reject_ipv4"]) of().write(`/sys/module/${module}/initstate`, "live\n");
    expect(refused("iptables").stderr).to.equal("");
  });

  it("cleans up by the program while its files are there, and after it what it leaves", () => {
    of().step("71-kube-proxy", proxy());
    chainsOf(of(), [
      "*nat",
      ":PREROUTING ACCEPT [0:0]",
      ":KUBE-MARK-MASQ - [0:0]",
      ":KUBE-SVC-ABC - [0:0]",
      ":KUBE-KUBELET-CANARY - [0:0]",
      '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SVC-ABC',
      "-A KUBE-SVC-ABC -j KUBE-MARK-MASQ",
      "COMMIT",
    ]);
    const undone = of().run("71-kube-proxy.undo");
    expect(undone.stderr).to.equal("");
    expect(undone.changes.slice(1, 4)).to.deep.equal([
      ["systemctl", "reset-failed", "kube-proxy"],
      ["kube-proxy.real", "--cleanup"],
      ["iptables-restore", "-w", "--noflush"],
    ]);
    expect(of().read("/restored").trim().split("\n")).to.deep.equal([
      ...["*nat", '-D PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SVC-ABC'],
      ...["-F KUBE-MARK-MASQ", "-F KUBE-SVC-ABC", "-X KUBE-MARK-MASQ", "-X KUBE-SVC-ABC", "COMMIT"],
    ]);
  });
});

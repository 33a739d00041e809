import { rmSync } from "node:fs";
import { expect } from "chai";
import type { ProxyMode } from "../../components/cluster/kubeProxyFiles";
import { controlPlane, etcd, hostFor, kubelet, proxy } from "./clusterCases";
import type { ClusterHost } from "./fakeCluster";

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

  it("waits for its port only where it is one of several", () => {
    rmSync(of().path("/ports"), { recursive: true, force: true });
    const run = () => of().step("60-etcd", { ...etcd(), variables: { ...etcd().variables, ALONE: "false" } });
    of().program("curl", {});
    expect(run().stderr).to.contain("etcd does not listen. Mend what its last lines say, then run again.");
    of().write("/ports/2380", 'LISTEN 0 4096 10.240.0.10:2380 *:* users:(("etcd",pid=4711,fd=6))\n');
    expect(run().facts()).to.include({ version: "3.6.16" });
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
    of().program("crictl.real", {}, { "-r unix:///run/crio/crio.sock -t 60s rmp -fa": ":" });
    of().write("/run/crio/crio.sock", "");
    run({ ...kubelet(), variables: { ...kubelet().variables, SOCKET: "unix:///run/crio/crio.sock" } });
    const volumes = ["/var/lib/kubelet/pods/1/volumes/a", "/var/lib/kubelet/pods/1/volumes/a/b\\040c", "/srv"];
    of().write("/proc/mounts", volumes.map((path) => `tmpfs ${path} tmpfs rw 0 0\n`).join(""));
    of().program("umount", {}, { "-l *": 'grep -v " ${2%% *}" "$R/proc/mounts" >"$R/m"; mv "$R/m" "$R/proc/mounts"' });
    const undone = undo();
    expect(undone.stderr).to.equal("");
    expect(undone.changes.slice(0, 5)).to.deep.equal([
      ["systemctl", "stop", "kubelet"],
      ["systemctl", "reset-failed", "kubelet"],
      ["crictl.real", "-r", "unix:///run/crio/crio.sock", ...crictl.slice(3)],
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

  for (const { mode, packages, tool, call, answer } of [
    ...[
      { mode: "iptables" as ProxyMode, packages: ["iptables", "conntrack"], tool: "iptables-save", call: "-t nat" },
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
      ...{ mode: "ipvs" as ProxyMode, packages: ["iptables", "ipset", "ipvsadm"], tool: "ipvsadm", call: "-Ln" },
      answer: "TCP  10.32.0.1:443 rr",
    },
  ])
    it(`asks the kernel whether ${mode} leads to the API server, and its undo purges the packages`, () => {
      const before = of().contents();
      of().program(tool, { [call]: "echo 10.32.0.11/32 10.32.0.10:443", "list tables *": ":", "": ":" });
      expect(of().step("71-kube-proxy", proxy({ mode })).stderr).to.contain(
        "the kernel has nothing from kube-proxy for 10.32.0.1, the Service kubernetes. Mend",
      );
      of().program(tool, { [call]: `echo '${answer}'`, "list tables *": ":", "": ":" });
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
    of().program("ip", {}, { "link delete kube-ipvs0": 'rm -r "$R/sys/class/net/kube-ipvs0"' });
    const to = (mode: ProxyMode) => {
      const { changes, stderr } = of().step("71-kube-proxy", proxy({ mode }));
      expect(stderr).to.equal("");
      return changes.filter(([name]) => name !== "apt-get").map((words) => words.join(" "));
    };
    const [stop, start] = ["systemctl stop kube-proxy", "systemctl restart --no-block kube-proxy"];
    expect(to("ipvs")).to.deep.equal([
      ...[stop, "systemctl reset-failed kube-proxy", "kube-proxy.real --cleanup", "ip link delete kube-ipvs0"],
      ...["systemctl daemon-reload", "systemctl reset-failed kube-proxy", start],
    ]);
    expect(to("ipvs")).to.deep.equal([]);
    of().write("/var/lib/hardway/71-kube-proxy/pending", "");
    expect(to("ipvs").slice(0, 3)).to.deep.equal([
      ...[stop, "systemctl reset-failed kube-proxy", "kube-proxy.real --cleanup"],
    ]);
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

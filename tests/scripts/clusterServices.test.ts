import { mkdirSync, rmSync } from "node:fs";
import { expect } from "chai";
import { adminFiles, controlPlaneServices, renderEncryption } from "../../components/cluster/controlPlaneFiles";
import { etcdService } from "../../components/cluster/etcdFiles";
import { kubeletService } from "../../components/cluster/kubeletFiles";
import { kubeProxyService } from "../../components/cluster/kubeProxyFiles";
import { ClusterHost, credentialsOf, type ClusterStep, type FakeService } from "./fakeCluster";

const member = { name: "server-0", address: "10.240.0.10" };
const server = "https://10.240.0.10:6443";
const names = { serviceCidr: "10.32.0.0/24", clusterDomain: "cluster.local" };
const units = "/etc/systemd/system";

/** What is the same for a step and what differs. */
interface Case {
  readonly services: Readonly<Record<string, FakeService>>;
  readonly step: ClusterStep;
  /** What its facts have. */
  readonly version: string;
  /** A change of a file that one service reads. */
  readonly change: { readonly step: ClusterStep; readonly service: string; readonly path: string };
  /** The same in another version, and the services that run it. */
  readonly upgrade: { readonly step: ClusterStep; readonly services: readonly string[] };
  /** A change with which a service never gets ready, and what is said then. */
  readonly broken: { readonly step: ClusterStep; readonly service: string; readonly said: string };
  readonly port: readonly [port: number, service: string];
  /** A key's path. */
  readonly key: string;
  /** What else has to be on the host. */
  readonly prepare?: (host: ClusterHost) => void;
}

const etcd = ({ heartbeatMilliseconds = 100, token = "lab", version = "3.6.16", key = "" } = {}): ClusterStep => ({
  files: { services: [etcdService({ ...member, members: [member], token, heartbeatMilliseconds })] },
  versions: { etcd: version },
  credentials: {
    ...credentialsOf("etcd-ca.crt", "etcd-server.crt", "etcd-server.key", "etcd-peer.crt", "etcd-peer.key"),
    ...(key !== "" && { "etcd-server.key": key }),
  },
  variables: { DATA: "/var/lib/etcd", ALONE: "true", CLIENT_PORT: "2379", PEER_PORT: "2380", METRICS_PORT: "2381" },
});

const pairs = (...users: string[]) => users.flatMap((user) => [`${user}.crt`, `${user}.key`]);
const controlPlane = ({ version = "1.36.3", scheduler = "", cidr = names.serviceCidr } = {}): ClusterStep => ({
  files: {
    services: controlPlaneServices({
      ...{ address: member.address, etcdEndpoints: ["https://10.240.0.10:2379"], encryptedResources: ["secrets"] },
      ...{ ...names, serviceCidr: cidr, isOneOfMany: false },
    }),
    others: adminFiles(),
  },
  versions: {
    ...{ "kube-apiserver": version, "kube-controller-manager": version },
    ...{ "kube-scheduler": version, kubectl: version },
  },
  credentials: {
    ...credentialsOf("ca.crt", "etcd-ca.crt", "front-proxy-ca.crt", "service-account.key", "service-account.pub"),
    ...credentialsOf(...pairs("kube-apiserver", "apiserver-etcd-client", "apiserver-kubelet-client")),
    ...credentialsOf(...pairs("front-proxy-client", "controller-manager", "scheduler", "admin", "super-admin")),
    "encryption.yaml": renderEncryption(["secrets"], "hidden-encryption-key"),
    ...(scheduler !== "" && { "scheduler.key": scheduler }),
  },
  variables: {
    ...{ API_PORT: "6443", MANAGER_PORT: "10257", SCHEDULER_PORT: "10259", CA: "/var/lib/kubernetes/ca.crt" },
  },
});

const kubelet = ({ version = "1.36.3", clusterDomain = "cluster.local", key = "" } = {}): ClusterStep => ({
  files: {
    services: [
      kubeletService({
        ...{ name: "node-0", address: "10.240.0.80", podCidr: "10.200.0.0/24", server, ...names, clusterDomain },
        ...{ runtimeEndpoint: "unix:///run/containerd/containerd.sock", cgroupDriver: "systemd" },
      }),
    ],
  },
  versions: { kubelet: version, crictl: "1.37.0" },
  credentials: {
    ...credentialsOf("ca.crt", "kubelet.crt", "kubelet.key"),
    ...(key !== "" && { "kubelet.key": key }),
  },
  variables: {
    ...{ NODE: "node-0", SERVER: server, FOLDER: "/var/lib/kubelet", DROP_INS: "/etc/kubernetes/kubelet.conf.d" },
    ...{ SOCKET: "unix:///run/containerd/containerd.sock", API_PORT: "10250", HEALTH_PORT: "10248" },
    SYSCTLS: "",
  },
});

const proxy = ({ version = "1.36.3", clusterCidr = "10.200.0.0/16", key = "" } = {}): ClusterStep => ({
  files: { services: [kubeProxyService({ name: "node-0", server, clusterCidr, mode: "iptables" })] },
  versions: { "kube-proxy": version },
  credentials: {
    ...credentialsOf("ca.crt", "kube-proxy.crt", "kube-proxy.key"),
    ...(key !== "" && { "kube-proxy.key": key }),
  },
  variables: { MODE: "iptables", API_SERVICE: "10.32.0.1", HEALTH_PORT: "10256", METRICS_PORT: "10249" },
});

const cases: Record<string, Case> = {
  "60-etcd": {
    services: {
      etcd: { folder: "/etc/etcd", health: ":2381/health", start: 'mkdir -p "$R/var/lib/etcd/member/wal"' },
    },
    step: etcd(),
    version: "3.6.16",
    change: { step: etcd({ heartbeatMilliseconds: 500 }), service: "etcd", path: `${units}/etcd.service` },
    upgrade: { step: etcd({ version: "3.6.17" }), services: ["etcd"] },
    broken: { step: etcd({ token: "broken" }), service: "etcd", said: "etcd does not get healthy" },
    port: [2380, "etcd"],
    key: "/etc/etcd/etcd-server.key",
  },
  "61-control-plane": {
    services: {
      "kube-apiserver": { folder: "/none", health: ":6443/readyz" },
      "kube-controller-manager": { folder: "/none", health: ":10257/healthz" },
      "kube-scheduler": { folder: "/none", health: ":10259/healthz" },
    },
    step: controlPlane(),
    version: "v1.36.3",
    change: {
      ...{ step: controlPlane({ scheduler: "hidden-other" }), service: "kube-scheduler" },
      path: "/var/lib/kubernetes/scheduler.key",
    },
    upgrade: {
      step: controlPlane({ version: "1.36.4" }),
      services: ["kube-apiserver", "kube-controller-manager", "kube-scheduler"],
    },
    broken: {
      ...{ step: controlPlane({ cidr: "broken" }), service: "kube-apiserver" },
      said: "the API server does not get ready; is etcd there?",
    },
    port: [10257, "kube-controller-manager"],
    key: "/var/lib/kubernetes/encryption.yaml",
  },
  "70-kubelet": {
    services: {
      kubelet: {
        folder: "/var/lib/kubelet",
        health: ":10248/healthz",
        start:
          'mkdir -p "$R/var/lib/kubelet/pods/1/volumes/a b" "$R/var/log/pods/x"; : >"$R/var/lib/kubelet/pods/1/volumes/a b/f"; ' +
          'ln -sf ../pods/x/0.log "$R/var/log/containers/x.log"; : >"$R/registered"',
        stop: 'rm -f "$R/registered"',
      },
      registered: { folder: "/none", health: "/api/v1/nodes/node-0" },
    },
    step: kubelet(),
    version: "v1.36.3",
    change: {
      ...{ step: kubelet({ clusterDomain: "lab.local" }), service: "kubelet" },
      path: "/var/lib/kubelet/config.yaml",
    },
    upgrade: { step: kubelet({ version: "1.36.4" }), services: ["kubelet"] },
    broken: {
      ...{ step: kubelet({ clusterDomain: "broken" }), service: "kubelet" },
      said: "the kubelet does not get healthy",
    },
    port: [10250, "kubelet"],
    key: "/var/lib/kubelet/kubelet.key",
    prepare: (host) => {
      host.write("/running/registered", "");
      host.write("/sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
      host.write("/proc/swaps", "Filename Type Size Used Priority\n");
      host.write("/run/containerd/containerd.sock", "");
      host.program("crictl.real", {}, { "-r unix:///run/containerd/containerd.sock -t 60s rmp -fa": ":" });
      host.program("umount", {}, { "-l *": 'grep -vF " ${2} " "$R/proc/mounts" >"$R/m"; mv "$R/m" "$R/proc/mounts"' });
    },
  },
  "71-kube-proxy": {
    services: {
      "kube-proxy": {
        ...{ folder: "/var/lib/kube-proxy", health: ":10256/healthz" },
        start: 'printf "%s\\n" "*nat" "-A KUBE-SERVICES -d 10.32.0.1/32 -p tcp" COMMIT >"$R/kernel/nat"',
      },
    },
    step: proxy(),
    version: "v1.36.3",
    change: {
      ...{ step: proxy({ clusterCidr: "10.201.0.0/16" }), service: "kube-proxy" },
      path: "/var/lib/kube-proxy/config.yaml",
    },
    upgrade: { step: proxy({ version: "1.36.4" }), services: ["kube-proxy"] },
    broken: {
      ...{ step: proxy({ clusterCidr: "broken" }), service: "kube-proxy" },
      said: "kube-proxy does not get healthy",
    },
    port: [10249, "kube-proxy"],
    key: "/var/lib/kube-proxy/kube-proxy.key",
    prepare: (host) => {
      host.write("/kernel/.keep", "");
      host.program("iptables-save", { "-t nat": 'cat "$R/kernel/nat"', "": 'cat "$R/kernel/nat" 2>/dev/null || :' });
      // With the kubeconfig still there, by which it knows the cluster.
      host.program(
        "kube-proxy.real",
        {},
        { "--cleanup": '[ -e "$R/var/lib/kube-proxy/config.yaml" ] && rm -f "$R/kernel/nat"' },
      );
    },
  },
};

/** A host for one of the steps, which is removed after the test. */
function hostFor(script: keyof typeof cases): () => ClusterHost {
  let host: ClusterHost;
  beforeEach(() => {
    host = new ClusterHost(cases[script]!.services);
    cases[script]!.prepare?.(host);
  });
  afterEach(() => host.remove());
  return () => host;
}

for (const [script, one] of Object.entries(cases)) {
  describe(`${script}.sh`, () => {
    let host: ClusterHost;
    let before: Record<string, string>;
    beforeEach(() => {
      host = new ClusterHost(one.services);
      one.prepare?.(host);
      before = host.contents();
    });
    afterEach(() => host.remove());

    const run = (step = one.step) => host.step(script, step);
    const undo = () => host.run(`${script}.undo`);
    const own = one.step.files.services.map(({ name }) => name);
    const restarts = (services: readonly string[]) =>
      services.flatMap((name) => [
        ["systemctl", "reset-failed", name],
        ["systemctl", "restart", "--no-block", name],
      ]);
    const systemctl = (changes: string[][]) => changes.filter(([name]) => name === "systemctl");

    it("installs and starts them in order, then changes nothing, and undo leaves nothing, also twice", () => {
      const first = run();
      expect(first.stderr).to.equal("");
      expect(systemctl(first.changes)).to.deep.equal([["systemctl", "daemon-reload"], ...restarts(own)]);
      expect(first.facts()).to.include({ changed: true, version: one.version });
      for (const name of own) {
        expect(host.contents()[`${units}/multi-user.target.wants/${name}.service`]).to.equal(
          `-> ${units}/${name}.service`,
        );
        expect(host.read(`/running/${name}`)).to.contain(one.version.replace("v", ""));
      }
      const after = host.tree();
      const second = run();
      expect(second.stderr).to.equal("");
      expect(second.changes).to.deep.equal([]);
      expect(second.facts()).to.deep.equal({ ...first.facts(), changed: false });
      expect(host.tree()).to.deep.equal(after);

      const undone = undo();
      expect(undone.stderr).to.equal("");
      expect(undone.stdout).to.equal('{"changed":true}\n');
      expect(undone.changes.slice(0, 2 * own.length)).to.deep.equal(
        [...own].reverse().flatMap((name) => [
          ["systemctl", "stop", name],
          ["systemctl", "reset-failed", name],
        ]),
      );
      expect(host.contents()).to.deep.equal(before);
      expect(undo().stdout).to.equal('{"changed":false}\n');
    });

    it("keeps keys in files of root's alone, and in no log", () => {
      run();
      expect(host.contents()[one.key]).to.match(/^600 /);
      expect(host.contents()[one.key]).to.contain("hidden-");
      const log = host.read(`/var/log/hardway/${script}.log`);
      expect(log).to.not.match(/hidden-|BEGIN/);
      expect(log).to.not.contain(Buffer.from("hidden-").toString("base64").slice(0, 8));
    });

    it("restarts only the service that reads what has changed", () => {
      run();
      const changed = run(one.change.step);
      expect(changed.stderr).to.equal("");
      expect(changed.changes).to.deep.equal([["systemctl", "daemon-reload"], ...restarts([one.change.service])]);
      const back = run();
      expect(back.facts()).to.include({ changed: true });
      undo();
      expect(host.contents()).to.deep.equal(before);
    });

    it("restarts what runs a program of another version, and removes the old one", () => {
      run();
      const upgrade = run(one.upgrade.step);
      expect(upgrade.stderr).to.equal("");
      expect(systemctl(upgrade.changes).filter(([, verb]) => verb === "restart")).to.deep.equal(
        one.upgrade.services.map((name) => ["systemctl", "restart", "--no-block", name]),
      );
      expect(upgrade.facts()["version"]).to.not.equal(one.version);
      const old = one.version.replace("v", "");
      expect(Object.keys(host.contents()).filter((path) => path.includes(`/${old}-`))).to.deep.equal([]);
    });

    it("brings back what worked where a service does not get ready, and shows its last lines", () => {
      const { step, service, said } = one.broken;
      const first = run(step);
      expect(first.status).to.equal(1);
      expect(first.stderr).to.contain(
        `${said}. Mend what its last lines say, then run again. The last lines of ${service} were:\nlast words of ${service}\n`,
      );
      expect(run().facts()).to.include({ changed: true });
      const working = host.contents();
      const failed = run(step);
      expect(failed.status).to.equal(1);
      expect(failed.stderr).to.contain(
        `hardway: ${script}: ${said}. Mend what its last lines say, then run again. What worked before is back in ` +
          `place. The last lines of ${service} were:\nlast words of ${service}\n`,
      );
      const now = host.contents();
      for (const path of Object.keys(working).filter((path) => !path.startsWith("/var/lib/hardway")))
        expect(now[path], path).to.equal(working[path]);
      expect(host.exists(`/running/${service}`)).to.equal(true);
      expect(run().facts()).to.include({ changed: true });
      expect(run().facts()).to.include({ changed: false });
    });

    it("names a port that is taken, and by whom, and another's unit, before it changes anything", () => {
      const [port, service] = one.port;
      host.write(`/ports/${port}`, `LISTEN 0 4096 *:${port} *:* users:(("nginx",pid=77,fd=6))\n`);
      for (const name of own) host.write(`/lib/systemd/system/${name}.service`, "");
      const taken = host.contents();
      const refused = run();
      expect(refused.status).to.equal(1);
      for (const name of own)
        expect(refused.stderr).to.contain(`- /lib/systemd/system/${name}.service is a ${name} of somebody else's. `);
      expect(refused.stderr).to.contain(
        `- port ${port} of ${service} is in use by nginx (pid 77). End that program, or let it use another port`,
      );
      expect(refused.changes).to.deep.equal([]);
      expect(host.contents()).to.deep.equal(taken);
      undo();
      expect(host.contents()).to.deep.equal(taken);
    });

    it("takes its own program's port for its own", () => {
      run();
      host.write(`/ports/${one.port[0]}`, `LISTEN 0 4096 *:1 *:* users:(("mine",pid=4711,fd=6))\n`);
      expect(run().facts()).to.include({ changed: false });
    });

    it("is finished by the next run wherever it was cut off, and undone as well, also where undo was cut off", () => {
      const { changes } = run();
      const whole = host.contents();
      const undoChanges = undo().changes.length;
      for (let at = 0; at < Math.max(changes.length, undoChanges); at += 1) {
        host.write("/cut", String(at % changes.length));
        expect(run().status, `cut at ${at}`).to.equal(-1);
        // One after the other, since every run takes its time.
        if (at % 2 === 0) {
          const again = run();
          expect(again.facts(), `again after ${at}`).to.include({ changed: true, version: one.version });
          expect(host.contents(), `again after ${at}`).to.deep.equal(whole);
          host.write("/cut", String(at % undoChanges));
          expect(undo().status, `undo cut at ${at}`).to.equal(-1);
        }
        expect(undo().stderr, `undo after ${at}`).to.equal("");
        expect(host.contents(), `undo after ${at}`).to.deep.equal(before);
      }
    });

    it("puts back files that were there before, and leaves folders", () => {
      host.write(one.key, "somebody's", 0o640);
      host.write("/var/lib/kubelet/seed", "somebody's");
      mkdirSync(host.path("/var/lib/etcd"), { recursive: true, mode: 0o755 });
      const mine = host.contents();
      expect(run().stderr).to.equal("");
      expect(undo().stderr).to.equal("");
      expect(host.contents()).to.deep.equal(mine);
    });

    it("starts what somebody has stopped, and makes what somebody has removed", () => {
      run();
      const whole = host.contents();
      rmSync(host.path(`/systemd/active/${own[0]}.service`));
      rmSync(host.path(`${units}/multi-user.target.wants/${own[0]}.service`));
      rmSync(host.path(one.key));
      expect(run().facts()).to.include({ changed: true });
      expect(host.contents()).to.deep.equal(whole);
      expect(run().facts()).to.include({ changed: false });
    });
  });
}

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

describe("61-control-plane.sh beside kubeadm", () => {
  const of = hostFor("61-control-plane");

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

  it("fails where the API server does not get to have the Node", () => {
    rmSync(of().path("/running/registered"));
    expect(run().stderr).to.contain(
      "the API server at https://10.240.0.10:6443 does not have the Node node-0. Mend what its last lines say",
    );
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
  const withMode = (MODE: string) => ({ ...proxy(), variables: { ...proxy().variables, MODE } });

  for (const { mode, packages, tool, call, answer } of [
    ...[{ mode: "iptables", packages: ["iptables", "conntrack"], tool: "iptables-save", call: "-t nat" }].map(
      (one) => ({ ...one, answer: "-A KUBE-SERVICES -d 10.32.0.1/32 -p tcp" }),
    ),
    {
      ...{ mode: "nftables", packages: ["nftables"], tool: "nft", call: "list map ip kube-proxy service-ips" },
      answer: "elements = { 10.32.0.1 . tcp . 443 : goto service-x }",
    },
    {
      ...{ mode: "ipvs", packages: ["iptables", "ipset", "ipvsadm"], tool: "ipvsadm", call: "-Ln" },
      answer: "TCP  10.32.0.1:443 rr",
    },
  ])
    it(`asks the kernel whether ${mode} leads to the API server, and its undo purges the packages`, () => {
      const before = of().contents();
      of().program(tool, { [call]: "echo 10.32.0.11/32 10.32.0.10:443", "list tables *": ":", "": ":" });
      expect(of().step("71-kube-proxy", withMode(mode)).stderr).to.contain(
        "the kernel has nothing from kube-proxy for 10.32.0.1, the Service kubernetes. Mend",
      );
      of().program(tool, { [call]: `echo '${answer}'`, "list tables *": ":", "": ":" });
      expect(of().step("71-kube-proxy", withMode(mode)).facts()).to.include({ version: "v1.36.3" });
      expect(of().read("/var/lib/hardway/71-kube-proxy/packages").trim().split("\n").sort()).to.deep.equal(
        [...packages].sort(),
      );
      of().run("71-kube-proxy.undo");
      expect(of().contents()).to.deep.equal(before);
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

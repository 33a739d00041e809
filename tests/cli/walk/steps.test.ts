import { expect } from "chai";
import { podPaths, type WalkedPod } from "../../../cli/walk/pod";
import type { WalkRow } from "../../../cli/walk/rows";
import { walkSteps } from "../../../cli/walk/steps/table";
import { Trail, type WalkSubject } from "../../../cli/walk/trail";
import { runtime, type Sections } from "../verify/samples";
import {
  configz,
  containerId,
  egress,
  etcd,
  events,
  FakeMachines,
  goneSections,
  json,
  log,
  namespace,
  now,
  pod,
  podSections,
  reach,
  rules,
  run,
  sandboxId,
  sandboxInfo,
  serviceSections,
  slices,
  subject,
  uid,
  ways,
} from "./samples";

const paths = podPaths(subject.pod);

/** The rows of a step. @param change of what the machines answer */
async function rowsOf(
  number: number,
  change: Record<string, Sections | string> = {},
  about: WalkSubject = subject,
): Promise<WalkRow[]> {
  const machines = new FakeMachines();
  Object.assign(machines.changed, change);
  return look(number, machines, about);
}

function look(number: number, machines: FakeMachines, about: WalkSubject = subject): Promise<WalkRow[]> {
  const trail = new Trail(about, machines, { progress: () => undefined, waitSeconds: 0, pauseSeconds: 0, now });
  return walkSteps[number - 1]!.look(trail);
}

const named = (rows: readonly WalkRow[], state: WalkRow["state"]) =>
  rows.filter((row) => row.state === state).map(({ what, seen }) => `${what}: ${seen}`);

/** The rows of a step that are not as expected. */
async function off(...args: Parameters<typeof rowsOf>): Promise<string[]> {
  return named(await rowsOf(...args), "off");
}

const withPod = (change: Partial<WalkedPod>) => ({ [paths.pod]: json(pod, change) });
const inSandbox = (change: Sections) => ({ walkpod: { ...podSections, ...change } });
const inRules = (change: Sections) => ({ walkservice: { ...serviceSections, ...change } });

describe("a walk's evidence", () => {
  it("is as expected where nothing is wrong, in every step", async () => {
    for (const { number } of walkSteps) {
      const rows = await rowsOf(number);
      expect(named(rows, "off"), `step ${number}`).to.deep.equal([]);
      expect(named(rows, "not shown"), `step ${number}`).to.deep.equal([]);
      expect(rows.length, `step ${number}`).to.be.greaterThan(2);
    }
  });

  describe("of the submission", () => {
    it("says what etcd has of the pod", async () => {
      expect(await off(1, { rawvalues: { pod: etcd(`k8s\0${uid}`, "811") } })).to.deep.equal([
        "object in etcd: mod_revision 811",
      ]);
      expect(await off(1, { rawvalues: { pod: "{}" } })).to.deep.equal(["object in etcd: {}"]);
      expect(await off(1, { rawvalues: { pod: etcd("k8s:enc:secretbox:v1:key1:x") } })).to.deep.equal([
        "how it is written: encrypted",
        "uid in etcd: another one",
      ]);
      expect(await off(1, { rawvalues: { pod: etcd("{}") } })).to.deep.equal([
        'how it is written: "{}"',
        "uid in etcd: another one",
      ]);
    });

    it("expects what is planned to be encrypted to be so", async () => {
      const about = { ...subject, cluster: { ...subject.cluster, encryptedResources: ["*.*"] } };
      expect(await off(1, {}, about)).to.deep.equal(["how it is written: protobuf, in the clear"]);
      const rows = await rowsOf(1, { rawvalues: { pod: etcd("k8s:enc:secretbox:v1:key1:x") } }, about);
      expect(rows.map(({ state }) => state)).to.deep.equal(["ok", "ok", "not shown"]);
    });
  });

  describe("of the kubelet's detection", () => {
    it("says who bound the pod, and whether the kubelet has it", async () => {
      const elsewhere = withPod({ spec: { ...pod.spec, nodeName: "node-9" } });
      expect(await off(2, elsewhere)).to.deep.equal([
        "spec.nodeName: node-9",
        `event Scheduled: Successfully assigned ${namespace}/nginx to node-0, by default-scheduler`,
      ]);
      const spec = { containers: pod.spec.containers };
      const nowhere = { ...withPod({ spec, status: {} }), [paths.events(uid)]: "{}" };
      expect(await off(2, nowhere)).to.deep.equal(["spec.nodeName: not set", "event Scheduled: no such event"]);
      const by = { items: [{ ...events.items[0], reportingComponent: "somebody" }] };
      expect(await off(2, { [paths.events(uid)]: json(by), [paths.pod]: json(pod) })).to.deep.equal([
        `event Scheduled: Successfully assigned ${namespace}/nginx to node-0, by somebody`,
      ]);
      const kubelet = "/api/v1/nodes/node-0/proxy/pods";
      expect(await off(2, { [kubelet]: json({ items: [{ metadata: { uid: "other" } }] }) })).to.deep.equal([
        "pods of the kubelet on node-0: 1 other pods",
      ]);
      expect(await off(2, { [kubelet]: "Forbidden" })).to.deep.equal(["pods of the kubelet on node-0: Forbidden"]);
    });

    it("does not miss events that are no longer kept", async () => {
      const old = {
        ...pod.status,
        conditions: [{ type: "PodScheduled", status: "True", lastTransitionTime: "2020-01-01T00:00:00Z" }],
      };
      const rows = await rowsOf(2, { ...withPod({ status: old }), [paths.events(uid)]: "{}" });
      expect(named(rows, "not shown")).to.deep.equal(["event Scheduled: not shown: events are kept for an hour"]);
    });
  });

  describe("of the sandbox", () => {
    /** @param change of the sandbox as containerd shows it */
    async function offWith(change: object, more: Record<string, Sections | string> = {}): Promise<string[]> {
      const machines = new FakeMachines();
      Object.assign(machines.changed, more);
      const usual = machines.cri.bind(machines);
      const status = { createdAt: Date.parse("2026-11-26T19:00:03Z") * 1e6 };
      machines.cri = (node, method) =>
        method === "PodSandboxStatus"
          ? Promise.resolve({ status, info: { info: json(sandboxInfo, change) } } as never)
          : usual(node, method);
      return named(await look(3, machines), "off");
    }
    const config = (change: object) => ({ config: { ...sandboxInfo.config, ...change } });

    it("compares each field of PodSandboxConfig", async () => {
      expect(await offWith(config({ metadata: { name: "other", uid, namespace } }))).to.deep.equal([
        `metadata, of the pod: ${namespace}/other, ${uid}`,
      ]);
      expect(await offWith(config({ hostname: "other" }))).to.deep.equal(["hostname, of the pod: other"]);
      expect(await offWith(config({ port_mappings: undefined }))).to.deep.equal(["port mappings, of the pod: none"]);
      expect(await offWith(config({ labels: { app: "nginx" } }))).to.deep.equal([
        "labels, of the pod and io.kubernetes.pod.*: without io.kubernetes.pod.name, io.kubernetes.pod.namespace, io.kubernetes.pod.uid",
      ]);
      expect(await offWith(config({ log_directory: "/tmp" }))).to.deep.equal(["log folder, the kubelet's rule: /tmp"]);
      const { security_context } = sandboxInfo.config.linux;
      expect(await offWith(config({ linux: { cgroup_parent: "/kubepods", security_context } }))).to.deep.equal([
        "cgroup parent, for BestEffort pods: /kubepods",
      ]);
      const { cgroup_parent } = sandboxInfo.config.linux;
      expect(await offWith(config({ linux: { cgroup_parent } }))).to.deep.equal([
        "process namespace, of the pod: the pod's",
      ]);
      expect(await offWith({ image: "pause:0" })).to.deep.equal(["sandbox image, the runtime's setting: pause:0"]);
    });

    it("finds a wrong DNS address wherever it is", async () => {
      const path = "/api/v1/nodes/node-0/proxy/configz";
      const wrong = json({ kubeletconfig: { clusterDNS: ["10.32.0.11"] } });
      const file = inSandbox({ resolv: "nameserver 10.32.0.11\n" });
      expect(
        await offWith(config({ dns_config: { servers: ["10.32.0.11"] } }), { [path]: wrong, ...file }),
      ).to.deep.equal([
        "clusterDNS, of the kubelet on node-0: 10.32.0.11",
        "name servers, of clusterDNS: 10.32.0.11",
        "name servers in the pod's /etc/resolv.conf: 10.32.0.11",
      ]);
      expect(await offWith({}, { [path]: configz, ...inSandbox({ resolv: [1, "No such file"] }) })).to.deep.equal([
        "name servers in the pod's /etc/resolv.conf: No such file",
      ]);
    });

    it("compares the process of the sandbox with that of the container", async () => {
      expect(await offWith({}, inSandbox({ pause: "sleep\n1000" }))).to.deep.equal([
        "process 4242 of the sandbox: sleep 1000",
      ]);
      const text = podSections["namespaces"] as string;
      const other = text.replace("net:[4026532345]", "net:[1]").replace("pid:[4026532350]", "pid:[4026532348]");
      expect(await offWith({}, inSandbox({ namespaces: other }))).to.deep.equal([
        "shared with the container: ipc:[4026532346], uts:[4026532347]",
        "each its own: mnt",
      ]);
      expect(await offWith({}, inSandbox({ namespaces: "" }))).to.deep.equal([
        "shared with the container: nothing",
        "each its own: none",
      ]);
    });

    it("wants the sandbox to be younger than the binding, and its image to be pinned", async () => {
      const late = pod.status.conditions!.map((each) => ({ ...each, lastTransitionTime: "2026-11-26T19:00:30Z" }));
      expect(await offWith({}, withPod({ status: { ...pod.status, conditions: late } }))).to.deep.equal([
        "RunPodSandbox: 27 s before it",
      ]);
      const machines = new FakeMachines();
      const usual = machines.cri.bind(machines);
      machines.cri = (node, method) =>
        method === "ImageStatus"
          ? Promise.resolve({ image: { id: "x", pinned: false } } as never)
          : usual(node, method);
      expect(named(await look(3, machines), "off")).to.deep.equal(["sandbox image is kept: not pinned"]);
    });
  });

  describe("of CNI ADD", () => {
    it("says which trace of it is missing or wrong", async () => {
      const cases: [Sections, string[]][] = [
        [
          { cache: "", "cache-files": "" },
          ["ADD in libcni's cache, for the pod: nothing", "address in the plugins' result: none"],
        ],
        [
          { cache: json({ cniArgs: [], result: { ips: [{ address: "10.200.0.8/24" }] } }) },
          ["ADD in libcni's cache, for the pod: undefined/undefined", "address in the plugins' result: 10.200.0.8"],
        ],
        [{ lease: [1, ""] }, ["lease of host-local: no /var/lib/cni/networks/*/10.200.0.7 of this sandbox"]],
        [{ eth0: [1, 'Device "eth0" does not exist.'] }, ['address of eth0: Device "eth0" does not exist.']],
        [{ ports: "[]" }, ["other end of eth0: its other end is no port of cni0"]],
        [{ link: "" }, ["other end of eth0: its other end is no port of cni0"]],
        [{ route: "[]" }, ["default route of the pod: not there"]],
        [
          { route: json([{ gateway: "10.200.0.9", dev: "eth0" }]) },
          ["default route of the pod: via 10.200.0.9 dev eth0, not the address of cni0"],
        ],
        [{ lo: json([{ flags: ["LOOPBACK"] }]) }, ["lo, which the runtime brings up: DOWN"]],
        [{ masquerade: [1, ""] }, ["rule of ipMasq: no rule with the sandbox's id"]],
        [
          { masquerade: (podSections["masquerade"] as string).replace("10.200.0.7/32", "10.200.0.8/32") },
          ["rule of ipMasq: from 10.200.0.8 to CNI-0123abcd"],
        ],
      ];
      for (const [change, expected] of cases)
        expect(await off(4, inSandbox(change)), JSON.stringify(change)).to.deep.equal(expected);
    });

    it("expects a rule of ipMasq only where the plugin masquerades", async () => {
      const about = {
        ...subject,
        plan: { ...subject.plan, cni: { ...subject.plan.cni, masquerade: "none" as const } },
      };
      expect(await off(4, inSandbox({ masquerade: [1, ""] }), about)).to.deep.equal([]);
    });
  });

  describe("of the container", () => {
    it("says what it has not from its pod", async () => {
      const apart = json({ linux: { namespaces: [{ type: "network" }, { type: "ipc", path: "/proc/1/ns/ipc" }] } });
      expect(await off(5, inSandbox({ specification: apart }))).to.deep.equal([
        "namespaces that runc was given by path: ipc /proc/1/ns/ipc",
      ]);
      expect(await off(5, inSandbox({ cgroup: "0::/system.slice/x.scope" }))).to.deep.equal([
        "cgroup of process 4300: /system.slice/x.scope",
      ]);
      expect(await off(5, { [paths.events(uid)]: "{}" })).to.deep.equal(
        ["Pulled", "Created", "Started"].map((reason) => `event ${reason}: no such event`),
      );
      expect(await off(5, inSandbox({ logs: "", "log-links": "" }))).to.deep.equal([
        "log file: nothing",
        "link for log collectors: no such link",
      ]);
      const link = `/var/log/containers/nginx_${namespace}_nginx-${containerId}.log -> /elsewhere`;
      expect(await off(5, inSandbox({ "log-links": link }))).to.deep.equal(["link for log collectors: /elsewhere"]);
    });

    it("says where no bundle is found", async () => {
      const rows = await rowsOf(5, inSandbox({ bundle: "", specification: [1, ""] }));
      expect(named(rows, "not shown")).to.deep.equal([
        "bundle of the OCI runtime: not found where containerd usually has it",
      ]);
    });
  });

  describe("of the Service", () => {
    const none = ["10.32.0.90:8080", "lead to 10.200.0.7:80"];

    it("names the rules that are missing, and what they count", async () => {
      expect(
        await off(6, inRules({ livez: "curl: (7) refused", rules: "", "rules-after": "", ask: "curl: (7) refused" })),
      ).to.deep.equal([
        "kube-proxy on node-0: curl: (7) refused",
        `rules of iptables for ${none[0]}: no rule`,
        `node-0 asks ${none[0]}: curl: (7) refused`,
        "what the kernel counts for it, before and after: no rule, then no rule, without an answer",
      ]);
      const elsewhere = rules.iptables(3, "10.200.1.9:80");
      expect(await off(6, inRules({ rules: elsewhere, "rules-after": elsewhere }))).to.deep.equal([
        `rules of iptables for ${none[0]}: 10.200.1.9:80`,
        "what the kernel counts for it, before and after: 3, then 3",
      ]);
      // DNS has the same port for UDP.
      const udp = rules.iptables(0, "10.200.0.7:80").replaceAll("-p tcp", "-p udp").replaceAll("AAAA", "DDDD");
      const both = (count: number) => `${udp}\n${rules.iptables(count)}`;
      expect(await off(6, inRules({ rules: both(1), "rules-after": both(2) }))).to.deep.equal([]);
      // The pod's own chain is there, and nothing leads to it.
      const cut = rules.iptables(3).replace("-j KUBE-SEP-BBBB", "-j KUBE-SEP-CCCC");
      expect(await off(6, inRules({ rules: cut }))).to.deep.equal([`rules of iptables for ${none[0]}: no rule`]);
      expect(await off(6, inRules({ ask: "503 1" }))).to.deep.equal([`node-0 asks ${none[0]}: HTTP 503`]);
    });

    it("reads nftables and counts with a chain of its own", async () => {
      const mode = { mode: "nftables", rules: rules.nftables, "rules-after": rules.nftables };
      expect(await off(6, inRules({ ...mode, counted: "0", "counted-after": "5" }))).to.deep.equal([]);
      expect(await off(6, inRules({ ...mode, counted: "0", "counted-after": "0" }))).to.deep.equal([
        "what the kernel counts for it, before and after: 0, then 0",
      ]);
      const led = rules.nftables.replace("dnat to 10.200.0.7:80", "dnat to 10.200.0.8:80");
      expect(await off(6, inRules({ ...mode, rules: led, counted: "0", "counted-after": "5" }))).to.deep.equal([
        `rules of nftables for ${none[0]}: 10.200.0.8:80`,
      ]);
      const direct = { ...mode, rules: rules.nftablesDirect, counted: "0", "counted-after": "5" };
      expect(await off(6, inRules(direct))).to.deep.equal([]);
      expect(
        await off(6, inRules({ ...direct, rules: rules.nftablesDirect.replace("10.200.0.7 . 80", "10.200.1.9 . 80") })),
      ).to.deep.equal([`rules of nftables for ${none[0]}: 10.200.1.9:80`]);
      const without = rules.nftables.replace("10.32.0.90 . tcp . 8080", "10.32.0.91 . tcp . 8080");
      expect(await off(6, inRules({ ...mode, rules: without, counted: "0", "counted-after": "5" }))).to.deep.equal([
        `rules of nftables for ${none[0]}: no rule`,
      ]);
    });

    it("reads ipvs and its connections", async () => {
      const ipvs = (before: number, after: number) =>
        inRules({ mode: "ipvs", rules: rules.ipvs(before), "rules-after": rules.ipvs(after) });
      expect(await off(6, ipvs(1, 2))).to.deep.equal([]);
      expect(await off(6, ipvs(1, 1))).to.deep.equal(["what the kernel counts for it, before and after: 1, then 1"]);
      const gone = rules.ipvs(1).replace("0AC80007:0050", "0AC80008:0050");
      expect(await off(6, inRules({ mode: "ipvs", rules: gone, "rules-after": rules.ipvs(2) }))).to.deep.equal([
        `rules of ipvs for ${none[0]}: 10.200.0.8:80`,
      ]);
    });

    it("misses the Service of the walk's own pod, and says where another pod has none", async () => {
      const empty = { [paths.slices]: json({ items: [] }) };
      expect(await off(6, empty)).to.deep.equal(["EndpointSlice of its Service: none has it"]);
      const rows = await rowsOf(6, empty, { ...subject, own: false });
      expect(named(rows, "not shown")).to.deep.equal([
        "Service: not shown: no Service with an address leads to a TCP port of this pod",
      ]);
    });

    it("wants of another pod's Service a connection only", async () => {
      const about = { ...subject, own: false };
      expect(await off(6, inRules({ ask: "000 1" }), about)).to.deep.equal([]);
      expect(await off(6, inRules({ ask: "000 0" }), about)).to.deep.equal([`node-0 asks ${none[0]}: 000 0`]);
      expect(await off(6, { ...inRules({ ask: "000 1" }), [paths.slices]: json(slices) })).to.deep.equal([
        `node-0 asks ${none[0]}: connected, no HTTP`,
      ]);
    });
  });

  describe("of forwarding", () => {
    it("names the host without a route, and the one that does not answer", async () => {
      const lost = { ...reach({ gateway: "10.0.2.2", dev: "eth0" }), ask: "curl: (28) timed out" };
      const all = await off(7, { walkreach: lost });
      expect(all).to.deep.equal([
        "route on node-0 to 10.200.0.7: via 10.0.2.2",
        "node-0 asks 10.200.0.7:80: curl: (28) timed out",
        "route on node-1 to 10.200.0.7: via 10.0.2.2",
        "node-1 asks 10.200.0.7:80: curl: (28) timed out",
        "route on server to 10.200.0.7: via 10.0.2.2",
        "server asks 10.200.0.7:80: curl: (28) timed out",
      ]);
      const onBridge = await off(7, { walkreach: { ...reach(ways["node-0"]), forward: "0" } });
      expect(onBridge).to.deep.equal([
        "forwarding on node-0: 0",
        "route on node-1 to 10.200.0.7: dev cni0",
        "route on server to 10.200.0.7: dev cni0",
      ]);
      const unreachable = await off(7, {
        walkreach: { ...reach({}), route: [2, "RTNETLINK answers: Network is unreachable"] },
      });
      expect(unreachable[0]).to.equal("route on node-0 to 10.200.0.7: RTNETLINK answers: Network is unreachable");
    });

    it("compares whom both sides see with the plan", async () => {
      const masked = log.replace("10.240.0.81 -", "10.200.0.1 -");
      expect(await off(7, { [paths.log]: masked })).to.deep.equal([
        "sender in nginx' log, asked from node-1: 10.200.0.1",
      ]);
      expect(await off(7, { [paths.log]: "" })).to.deep.equal(
        ["node-1", "server"].map((host) => `sender in nginx' log, asked from ${host}: not there`),
      );
      const itself = egress.replace("10.240.0.80]", "10.200.0.7]");
      const sees = "sender that server sees of the pod";
      expect(await off(7, { walksender: { sender: itself } })).to.deep.equal([`${sees}: 10.200.0.7`]);
      expect(await off(7, { walksender: { sender: [1, ""] } })).to.deep.equal([`${sees}: no connection`]);
      const about = {
        ...subject,
        plan: { ...subject.plan, cni: { ...subject.plan.cni, masquerade: "none" as const } },
      };
      expect(await off(7, {}, about)).to.deep.equal([`${sees}: 10.240.0.80`]);
      expect(await off(7, { walksender: { sender: itself } }, about)).to.deep.equal([]);
    });
  });

  describe("of a pod that is online", () => {
    it("names conditions that are not true, and a probe that did not ask", async () => {
      const conditions = pod.status.conditions!.map((each) =>
        each.type === "Ready" ? { ...each, status: "False", reason: "ContainersNotReady" } : each,
      );
      const status = { ...pod.status, phase: "Pending", conditions: conditions.slice(1) };
      expect(await off(8, withPod({ status }))).to.deep.equal([
        "phase: Pending",
        "condition PodReadyToStartContainers: not there",
        "condition Ready: False since 19:00:01Z, ContainersNotReady",
      ]);
      expect(await off(8, { [paths.log]: "" })).to.deep.equal(["readiness probe in nginx' log: no request of a probe"]);
      const failed = log.replace("200 615", "500 0").replace("kube-probe/1.36", "kube-probe/1.35");
      expect(await off(8, { [paths.log]: failed })).to.deep.equal([
        "readiness probe in nginx' log: GET / 500 by kube-probe/1.35",
      ]);
    });

    it("compares the address of its name", async () => {
      const row = `nginx.${namespace}.svc.cluster.local, asked as the pod does`;
      expect(await off(8, { walkname: { name: "10.32.0.91  STREAM x" } })).to.deep.equal([`${row}: 10.32.0.91`]);
      expect(await off(8, { walkname: { name: [2, ""] } })).to.deep.equal([`${row}: no answer`]);
      const apart = await rowsOf(8, {
        ...withPod({ spec: { ...pod.spec, dnsPolicy: "Default" } }),
        walkname: { name: [2, ""] },
      });
      expect(named(apart, "not shown")).to.deep.equal([
        `nginx.${namespace}.svc.cluster.local: not asked: dnsPolicy Default takes other name servers than the cluster's`,
      ]);
      const rows = await rowsOf(8, { [paths.slices]: "{}" }, { ...subject, own: false });
      expect(named(rows, "not shown")).to.deep.equal([
        "requests of probes: not shown: only nginx' log is known; with a readiness probe: nginx",
        "name of its Service: not shown: no Service leads to this pod",
      ]);
    });
  });

  describe("of the cleanup", () => {
    it("names each thing that is still there", async () => {
      const left = {
        ...{
          cache: "/var/lib/cni/results/x",
          lease: "/var/lib/cni/networks/bridge/10.200.0.7",
          veth: "/sys/class/net/veth6d0a1b2c",
        },
        ...{
          netns: "4026532345 /run/netns/cni-1",
          masquerade: "-A POSTROUTING",
          cgroup: "/sys/fs/cgroup/x",
          logs: "/var/log/pods/x",
        },
        ...{ mode: "iptables", rules: rules.iptables() },
      };
      expect(await off(9, { walkgone: left })).to.deep.equal([
        "kube-proxy's rule to it: still there: 10.200.0.7:80",
        "libcni's cache: still there: /var/lib/cni/results/x",
        "lease of its address: still there: /var/lib/cni/networks/bridge/10.200.0.7",
        "veth6d0a1b2c, its port of cni0: still there: /sys/class/net/veth6d0a1b2c",
        "network namespace: still there: 4026532345 /run/netns/cni-1",
        "rule of ipMasq: still there: -A POSTROUTING",
        "cgroup: still there: /sys/fs/cgroup/x",
        "logs: still there: /var/log/pods/x",
      ]);
      expect(await off(9, { walkgone: { ...goneSections, mode: "ipvs", rules: rules.ipvs() } })).to.deep.equal([
        "kube-proxy's rule to it: still there: 10.200.0.7:80",
      ]);
    });

    it("names what the API, etcd and the runtime still have", async () => {
      const machines = new FakeMachines();
      const terminating = { ...pod, metadata: { ...pod.metadata, deletionTimestamp: "2026-11-26T19:01:00Z" } };
      Object.assign(machines.changed, { [paths.pod]: json(terminating), rawvalues: { pod: etcd("k8s\0") } });
      const usual = machines.cri.bind(machines);
      const sandboxes = { items: [{ id: sandboxId, state: "SANDBOX_READY", labels: {} }] };
      machines.cri = (node, method) =>
        method === "ListPodSandbox" ? Promise.resolve(sandboxes as never) : usual(node, method);
      expect(named(await look(9, machines), "off")).to.deep.equal([
        `sandbox in the runtime: still there: ${sandboxId}`,
        "object in the API: still there: to be deleted since 2026-11-26T19:01:00Z",
        `key in etcd: still there: /registry/pods/${namespace}/nginx`,
      ]);
    });

    it("says where the pod cannot be deleted", async () => {
      const refused = { walkremove: { removed: [22, "Forbidden"] as const } };
      const message = await off(9, refused).then(String, (error: Error) => error.message);
      expect(message).to.equal("the pod cannot be deleted: Forbidden");
    });
  });

  describe("of other runtimes", () => {
    const about = (kind: "crio" | "docker"): WalkSubject => {
      const own = { ...runtime, kind, sandboxImage: "registry.k8s.io/pause:3.9" };
      return { ...subject, plan: { ...subject.plan, runtimes: { "node-0": own, "node-1": own } } };
    };
    const hidden = async (machines: FakeMachines, kind: "crio" | "docker") => {
      const rows = await look(3, machines, about(kind));
      expect(named(rows, "off")).to.deep.equal([]);
      return rows.filter(({ state }) => state === "not shown").map(({ what, seen }) => `${what}: ${seen}`);
    };

    it("is what CRI-O shows, and says what it does not", async () => {
      const annotation = (name: string, value: string) => [`io.kubernetes.cri-o.${name}`, value] as const;
      const { metadata, labels, log_directory } = sandboxInfo.config;
      const annotations = Object.fromEntries([
        annotation("Metadata", json(metadata)),
        annotation("Labels", json(labels)),
        annotation("HostName", "nginx"),
        annotation("LogPath", `${log_directory}/${sandboxId}.log`),
        annotation("Image", "registry.k8s.io/pause:3.9"),
      ]);
      const machines = new FakeMachines();
      const usual = machines.cri.bind(machines);
      const status = { createdAt: Date.parse("2026-11-26T19:00:03Z") * 1e6 };
      machines.cri = (node, method) =>
        method === "PodSandboxStatus"
          ? Promise.resolve({ status, info: { info: json({ runtimeSpec: { annotations } }) } } as never)
          : usual(node, method);
      expect(await hidden(machines, "crio")).to.deep.equal([
        "port mappings, of the pod: not shown by crio",
        "process namespace, of the pod: not shown by crio",
        "cgroup parent, for BestEffort pods: not shown by crio",
        "name servers, of clusterDNS: not shown by crio",
        "process that holds the namespaces: not shown by crio, which may hold them without one",
      ]);
    });

    it("is what Docker shows, and says what it does not", async () => {
      const machines = new FakeMachines();
      const inspect = json({
        Config: { Hostname: "nginx", Image: "registry.k8s.io/pause:3.9", Labels: sandboxInfo.config.labels },
        State: { Pid: 4242 },
      });
      machines.changed["inspect"] = { inspect };
      expect(await hidden(machines, "docker")).to.deep.equal([
        "port mappings, of the pod: not shown by docker",
        "process namespace, of the pod: not shown by docker",
        "log folder, the kubelet's rule: not shown by docker",
        "cgroup parent, for BestEffort pods: not shown by docker",
        "name servers, of clusterDNS: not shown by docker",
        "sandbox image is kept: not shown by docker",
      ]);
    });
  });

  it("marks its requests", async () => {
    expect(log).to.contain(`walk=${run}-server `);
    expect(named(await rowsOf(7), "ok")).to.include("sender in nginx' log, asked from server: 10.240.0.10");
  });
});

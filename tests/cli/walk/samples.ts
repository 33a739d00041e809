import type { CriMethods } from "../../../cli/verify/cri/messages";
import type { Facts, Scripts } from "../../../cli/verify/facts";
import type { WalkMachines } from "../../../cli/walk/machines";
import { ownPod, type WalkedPod } from "../../../cli/walk/pod";
import { ownPorts } from "../../../cli/walk/steps/forwarding";
import type { WalkSubject } from "../../../cli/walk/trail";
import { cluster, plan, server } from "../verify/cluster/samples";
import { facts, runtime, type Sections } from "../verify/samples";

/** When the sample's pod is looked at. */
export const now = () => Date.parse("2026-11-26T19:01:00Z");
export const run = "0a1b2c3d4e5f";
export const uid = "7d9c1f4e-3b52-4f0a-9c1d-5a6b7c8d9e0f";
export const sandboxId = "5e1f0000aaaa1111bbbb2222cccc3333dddd4444eeee5555ffff666600007777";
export const containerId = "c0ffee00aaaa1111bbbb2222cccc3333dddd4444eeee5555ffff666600007777";
const address = "10.200.0.7";
const service = "10.32.0.90";
export const { namespace } = ownPod(run);
const cgroup = `/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${uid.replaceAll("-", "_")}.slice`;
const logs = `/var/log/pods/${namespace}_nginx_${uid}`;

export const subject: WalkSubject = { plan, cluster, controller: server, pod: ownPod(run), own: true, run };

export const pod: WalkedPod = {
  kind: "Pod",
  metadata: { name: "nginx", namespace, uid, resourceVersion: "812", labels: { app: "nginx" } },
  spec: {
    nodeName: "node-0",
    dnsPolicy: "ClusterFirst",
    containers: [{ name: "nginx", ports: [{ containerPort: 80, protocol: "TCP" }], readinessProbe: {} }],
  },
  status: {
    ...{ phase: "Running", podIP: address, qosClass: "BestEffort" },
    conditions: ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"].map(
      (type) => ({
        ...{ type, status: "True", lastTransitionTime: "2026-11-26T19:00:01Z" },
      }),
    ),
  },
};

/** The text of an API server's answer, with some of it changed. */
export const json = (value: object, change: object = {}) => JSON.stringify({ ...value, ...change });

export const etcd = (value: string, revision = "812") =>
  JSON.stringify({ kvs: [{ mod_revision: revision, value: Buffer.from(value, "latin1").toString("base64") }] });

const event = (reason: string, message: string, reportingComponent = "kubelet") => ({
  reason,
  message,
  reportingComponent,
});
export const events = {
  items: [
    event("Scheduled", `Successfully assigned ${namespace}/nginx to node-0`, "default-scheduler"),
    event("Pulled", 'Container image "hardway.local/nginx:1" already present on machine'),
    event("Created", "Container created"),
    event("Started", "Container started"),
    event("Killing", "Stopping container nginx"),
  ],
};

export const slices = {
  items: [
    {
      metadata: { name: "nginx-x", labels: { "kubernetes.io/service-name": "nginx" } },
      endpoints: [{ addresses: [address], targetRef: { uid } }],
      ports: [{ name: "", port: 80, protocol: "TCP" }],
    },
  ],
};
export const services = {
  items: [{ metadata: { name: "nginx" }, spec: { clusterIP: service, ports: [{ port: 8080, protocol: "TCP" }] } }],
};

const namespaces = (pid: number, mnt: number) =>
  `net net:[4026532345]\nipc ipc:[4026532346]\nuts uts:[4026532347]\npid pid:[${pid}]\nmnt mnt:[${mnt}]`;

/** What scripts/walkpod.sh reports. */
export const podSections: Sections = {
  pause: "/bin/sh\n/pause",
  "sandbox-namespaces": namespaces(4026532348, 4026532349),
  namespaces: namespaces(4026532350, 4026532351),
  resolv: `search ${namespace}.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.32.0.10\noptions ndots:5`,
  cgroup: `0::${cgroup}/cri-containerd-${containerId}.scope`,
  bundle: `/run/containerd/io.containerd.runtime.v2.task/k8s.io/${containerId}`,
  specification: JSON.stringify({
    linux: {
      namespaces: [
        { type: "pid" },
        ...["ipc", "uts", "network"].map((type) => ({
          type,
          path: `/proc/4242/ns/${type === "network" ? "net" : type}`,
        })),
        { type: "mount" },
      ],
    },
  }),
  "cache-files": `/var/lib/cni/results/bridge-${sandboxId}-eth0\n/var/lib/cni/results/cni-loopback-${sandboxId}-lo`,
  cache: JSON.stringify({
    cniArgs: [
      ["K8S_POD_NAMESPACE", namespace],
      ["K8S_POD_NAME", "nginx"],
    ],
    result: { ips: [{ address: `${address}/24`, gateway: "10.200.0.1" }] },
  }),
  lease: sandboxId,
  eth0: JSON.stringify([{ ifname: "eth0", addr_info: [{ family: "inet", local: address }] }]),
  link: JSON.stringify([{ ifindex: 2, link_index: 9, ifname: "eth0" }]),
  route: JSON.stringify([{ dst: "default", gateway: "10.200.0.1", dev: "eth0" }]),
  lo: JSON.stringify([{ ifname: "lo", flags: ["LOOPBACK", "UP", "LOWER_UP"] }]),
  ports: JSON.stringify([
    { ifindex: 8, ifname: "vethother" },
    { ifindex: 9, ifname: "veth6d0a1b2c" },
  ]),
  bridge: JSON.stringify([{ ifname: "cni0", addr_info: [{ family: "inet", local: "10.200.0.1" }] }]),
  masquerade: `-A POSTROUTING -s ${address}/32 -m comment --comment "name: \\"bridge\\" id: \\"${sandboxId}\\"" -j CNI-0123abcd`,
  logs: `${logs}/nginx/0.log`,
  "log-links": `/var/log/containers/nginx_${namespace}_nginx-${containerId}.log -> ${logs}/nginx/0.log`,
};

/** kube-proxy's rules in the kernel, by mode. @param count of the connections that were led */
export const rules = {
  iptables: (
    count = 0,
    to = `${address}:80`,
  ) => `[${count}:60] -A KUBE-SERVICES -d ${service}/32 -p tcp -m comment --comment "${namespace}/nginx cluster IP" -m tcp --dport 8080 -j KUBE-SVC-AAAA
[0:0] -A KUBE-SEP-BBBB -s ${address}/32 -m comment --comment "${namespace}/nginx" -j KUBE-MARK-MASQ
[0:0] -A KUBE-SEP-BBBB -p tcp -m comment --comment "${namespace}/nginx" -m tcp -j DNAT --to-destination ${to}
[0:0] -A KUBE-SVC-AAAA ! -s 10.200.0.0/16 -d ${service}/32 -p tcp -m comment --comment "${namespace}/nginx cluster IP" -m tcp --dport 8080 -j KUBE-MARK-MASQ
[0:0] -A KUBE-SVC-AAAA -m comment --comment "${namespace}/nginx -> ${address}:80" -j KUBE-SEP-BBBB`,
  nftables: `table ip kube-proxy {
	map service-ips {
		type ipv4_addr . inet_proto . inet_service : verdict
		elements = { 10.32.0.1 . tcp . 443 : goto service-2QRHZV4L-default/kubernetes/tcp/https,
			     ${service} . tcp . 8080 : goto service-AAAA-${namespace}/nginx/tcp/ }
	}

	chain endpoint-BBBB-${namespace}/nginx/tcp/__${address}/80 {
		ip saddr ${address} jump mark-for-masquerade
		meta l4proto tcp dnat to ${address}:80
	}

	chain service-AAAA-${namespace}/nginx/tcp/ {
		ip daddr ${service} tcp dport 8080 ip saddr != 10.200.0.0/16 jump mark-for-masquerade
		numgen random mod 1 vmap { 0 : goto endpoint-BBBB-${namespace}/nginx/tcp/__${address}/80 }
	}
}`,
  /** As of Kubernetes 1.36, for a Service without session affinity. */
  nftablesDirect: `table ip kube-proxy {
	map service-ips {
		type ipv4_addr . inet_proto . inet_service : verdict
		comment "ClusterIP, ExternalIP and LoadBalancer IP traffic"
		elements = { 10.32.0.10 . udp . 53 : goto service-FY5PMXPG-kube-system/kube-dns/udp/dns,
			     ${service} . tcp . 8080 : goto service-GLBK3YVZ-${namespace}/nginx/tcp/,
			     10.32.0.1 . tcp . 443 : goto service-2QRHZV4L-default/kubernetes/tcp/https }
	}

	chain service-2QRHZV4L-default/kubernetes/tcp/https {
		meta l4proto tcp dnat ip to numgen random mod 1 map { 0 : 10.240.0.10 . 6443 }
	}

	chain service-GLBK3YVZ-${namespace}/nginx/tcp/ {
		meta l4proto tcp dnat ip to numgen random mod 1 map { 0 : ${address} . 80 }
	}
}`,
  ipvs: (inactive = 0) => `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
TCP  0A200001:01BB rr
  -> 0AF0000A:192B      Masq    1      1          0
TCP  0A20005A:1F90 rr
  -> 0AC80007:0050      Masq    1      0          ${inactive}
UDP  0A20000A:0035 rr
  -> 0AC80002:0035      Masq    1      0          0`,
} as const;

/** What scripts/walkservice.sh reports. */
export const serviceSections: Sections = {
  mode: "iptables",
  livez: "200",
  rules: rules.iptables(3),
  counted: "",
  ask: "200 1",
  "rules-after": rules.iptables(4),
  "counted-after": "",
};

const nginx = (from: string, query: string) =>
  `${from} - - [26/Nov/2026:19:00:09 +0000] "GET /?walk=${query} HTTP/1.1" 200 615 "-" "curl/8.14.1"`;
export const log = [
  '10.200.0.1 - - [26/Nov/2026:19:00:04 +0000] "GET / HTTP/1.1" 200 615 "-" "kube-probe/1.36"',
  nginx("10.200.0.1", `${run}-node-0`),
  nginx("10.240.0.81", `${run}-node-1`),
  nginx("10.240.0.10", `${run}-server`),
].join("\n");

/** What scripts/walkreach.sh reports. */
export const reach = (route: object): Sections => ({
  route: JSON.stringify([{ dst: address, ...route }]),
  ask: "200 1",
  forward: "1",
});
export const ways = {
  "node-0": { dev: "cni0" },
  "node-1": { gateway: "10.240.0.80", dev: "eth1" },
  server: { gateway: "10.240.0.80", dev: "eth1" },
} as const;

export const egress = `ESTAB 0 0 [::ffff:10.240.0.10]:6443 [::ffff:10.240.0.80]:${ownPorts(run).FROM}`;
export const name = `${service}      nginx.${namespace}.svc.cluster.local`;
/** What scripts/walkgone.sh reports once nothing is there. */
export const goneSections: Sections = {
  ...{ cache: "", lease: "", veth: "", netns: "", masquerade: "", cgroup: "", logs: "" },
  ...{ mode: "iptables", rules: "" },
};

/** containerd's verbose status of the sandbox. */
export const sandboxInfo = {
  pid: 4242,
  image: runtime.sandboxImage,
  config: {
    metadata: { name: "nginx", uid, namespace },
    ...{ hostname: "nginx", log_directory: logs },
    dns_config: { servers: ["10.32.0.10"] },
    port_mappings: [{ container_port: 80 }],
    labels: {
      ...{ app: "nginx", "io.kubernetes.pod.name": "nginx", "io.kubernetes.pod.namespace": namespace },
      "io.kubernetes.pod.uid": uid,
    },
    linux: { cgroup_parent: cgroup, security_context: { namespace_options: { pid: 1 } } },
  },
};
export const configz = json({ kubeletconfig: { clusterDNS: ["10.32.0.10"] } });

/** A lab whose machines answer as those of a healthy one, until something is changed. */
export class FakeMachines implements WalkMachines {
  readonly asked: string[] = [];
  /** Answers in the place of the usual ones, by script; or by path of the API. */
  readonly changed: Record<string, Sections | string> = {};
  isDeleted = false;

  ask(host: string, scripts: Scripts): Promise<(script: string) => Facts> {
    for (const [script, values] of Object.entries(scripts))
      this.asked.push(`${host} ${script}${values["NAMES"] ? ` ${values["NAMES"]}` : ""}`);
    if ("walkremove" in scripts) this.isDeleted = true;
    return Promise.resolve((script) => facts(this.#answer(host, script, scripts[script] ?? {})));
  }

  cri<M extends keyof CriMethods>(_node: string, method: M): Promise<CriMethods[M][1]> {
    const label = { "io.kubernetes.container.name": "nginx" };
    const answers: Partial<CriMethods[keyof CriMethods][1]> = {
      ListPodSandbox: { items: this.isDeleted ? [] : [{ id: sandboxId, state: "SANDBOX_READY", labels: {} }] },
      PodSandboxStatus: {
        status: { createdAt: Date.parse("2026-11-26T19:00:03Z") * 1e6 },
        info: { info: json(sandboxInfo) },
      },
      ListContainers: { containers: [{ id: containerId, state: "CONTAINER_RUNNING", labels: label }] },
      ContainerStatus: { info: { info: '{"pid":4300}' } },
      ImageStatus: { image: { id: "sha256:1", pinned: true } },
    }[method as string] as object;
    return Promise.resolve(answers as CriMethods[M][1]);
  }

  hold(host: string): Promise<void> {
    this.asked.push(`${host} hold`);
    return Promise.resolve();
  }

  #answer(host: string, script: string, values: Readonly<Record<string, string>>): Sections {
    const changed = this.changed[script];
    if (typeof changed === "object") return changed;
    if (script === "api")
      return Object.fromEntries((values["PATHS"] ?? "").split("\n").map((path) => [path, this.#api(path)]));
    const answers: Record<string, Sections> = {
      create: { created: "" },
      delete: { deleted: "gone" },
      rawvalues: { pod: this.isDeleted ? '{"header":{}}' : etcd(`k8s\0\n\n\u0002v1\u0012\u0003Pod${uid}`) },
      walkpod: podSections,
      walkservice: serviceSections,
      walkreach: reach(ways[host as keyof typeof ways]),
      walksender: { sender: egress },
      walkegress: { egress: "" },
      walkname: { name },
      walkremove: { removed: "" },
      walkgone: goneSections,
      walkkeep: { kept: "" },
    };
    const found = answers[script];
    if (found === undefined) throw new Error(`${script} is not known here`);
    return found;
  }

  #api(path: string): string {
    const changed = this.changed[path];
    if (typeof changed === "string") return changed;
    if (path.endsWith("/log")) return log;
    if (path.endsWith("/configz")) return configz;
    if (path.endsWith("/proxy/pods")) return json({ items: [pod] });
    if (path.includes("/events?")) return json(events);
    if (path.endsWith("/endpointslices")) return json(slices);
    if (path.endsWith("/services")) return json(services);
    return this.isDeleted ? json({ kind: "Status", code: 404 }) : json(pod);
  }
}

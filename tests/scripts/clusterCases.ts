import { apiBalancerService } from "../../components/cluster/apiBalancerFiles";
import { adminFiles, controlPlaneServices, renderEncryption } from "../../components/cluster/controlPlaneFiles";
import { etcdHealth, etcdService, peerUrl } from "../../components/cluster/etcdFiles";
import { kubeletService } from "../../components/cluster/kubeletFiles";
import { kubeProxyService, type ProxyMode } from "../../components/cluster/kubeProxyFiles";
import { ClusterHost, credentialsOf, type ClusterStep, type FakeService } from "./fakeCluster";

const member = { name: "server-0", address: "10.240.0.10" };
const server = "https://10.240.0.10:6443";
const names = { serviceCidr: "10.32.0.0/24", clusterDomain: "cluster.local" };
export const units = "/etc/systemd/system";

/** What is the same for a step and what differs. */
export interface ClusterCase {
  readonly services: Readonly<Record<string, FakeService>>;
  readonly step: ClusterStep;
  /** What its facts have. */
  readonly version: string;
  /** A change of a file that one service reads. */
  readonly change: { readonly step: ClusterStep; readonly service: string; readonly path: string };
  /** The same in another version, and the services that run it; none where the programs are packages. */
  readonly upgrade?: { readonly step: ClusterStep; readonly services: readonly string[] };
  /** The same in a version two minor versions on, where what one version has written only the next one reads; and the next one. */
  readonly skip?: { readonly step: ClusterStep; readonly next: string };
  /** A change with which a service never gets ready, and what is said then. */
  readonly broken: { readonly step: ClusterStep; readonly service: string; readonly said: string };
  readonly port: readonly [port: number, service: string];
  /** Path of a key, or of a certificate where it has no key. */
  readonly key: string;
  /** What else has to be on the host. */
  readonly prepare?: (host: ClusterHost) => void;
}

export const etcd = ({
  heartbeatMilliseconds = 100,
  token = "lab",
  version = "3.6.16",
  key = "",
  members = [member],
} = {}): ClusterStep => ({
  files: { services: [etcdService({ ...member, members, token, heartbeatMilliseconds })] },
  versions: { etcd: version },
  credentials: {
    ...credentialsOf("etcd-ca.crt", "etcd-server.crt", "etcd-server.key", "etcd-peer.crt", "etcd-peer.key"),
    ...(key !== "" && { "etcd-server.key": key }),
  },
  variables: {
    DATA: "/var/lib/etcd",
    CLIENT_PORT: "2379",
    PEER_PORT: "2380",
    METRICS_PORT: "2381",
    MEMBERS: members.map(peerUrl).join("\n"),
  },
});

const pairs = (...users: string[]) => users.flatMap((user) => [`${user}.crt`, `${user}.key`]);
export const controlPlane = ({ version = "1.36.3", scheduler = "", cidr = names.serviceCidr } = {}): ClusterStep => ({
  files: {
    services: controlPlaneServices({
      ...{ address: member.address, etcdEndpoints: ["https://10.240.0.10:2379"] },
      ...{ ...names, serviceCidr: cidr },
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
    ...{ ETCD_HEALTH: etcdHealth, SERVICE_CIDR: cidr },
  },
});

export const dnsImage = "hardway.local/coredns:1.14.6";
export const kubelet = ({ version = "1.36.3", clusterDomain = "cluster.local", key = "" } = {}): ClusterStep => ({
  files: {
    services: [
      kubeletService({
        ...{ name: "node-0", address: "10.240.0.80", podCidr: "10.200.0.0/24", server, ...names, clusterDomain },
        ...{ runtimeEndpoint: "unix:///run/containerd/containerd.sock", cgroupDriver: "systemd" },
      }),
    ],
  },
  versions: { kubelet: version, crictl: "1.37.0", coredns: "1.14.6" },
  credentials: {
    ...credentialsOf("ca.crt", "kubelet.crt", "kubelet.key"),
    ...(key !== "" && { "kubelet.key": key }),
  },
  variables: {
    ...{ NODE: "node-0", SERVER: server, FOLDER: "/var/lib/kubelet", DROP_INS: "/etc/kubernetes/kubelet.conf.d" },
    ...{ SOCKET: "unix:///run/containerd/containerd.sock", API_PORT: "10250", HEALTH_PORT: "10248" },
    ...{ SYSCTLS: "", IMAGES: `${dnsImage} coredns` },
  },
});

export const proxy = ({
  version = "1.36.3",
  clusterCidr = "10.200.0.0/16",
  mode = "iptables",
  key = "",
}: { version?: string; clusterCidr?: string; mode?: ProxyMode; key?: string } = {}): ClusterStep => ({
  files: {
    services: [kubeProxyService({ name: "node-0", server, clusterCidr, serviceCidr: names.serviceCidr, mode })],
  },
  versions: { "kube-proxy": version },
  credentials: {
    ...credentialsOf("ca.crt", "kube-proxy.crt", "kube-proxy.key"),
    ...(key !== "" && { "kube-proxy.key": key }),
  },
  variables: {
    MODE: mode,
    SERVICE_CIDR: names.serviceCidr,
    API_SERVICE: "10.32.0.1",
    HEALTH_PORT: "10256",
    METRICS_PORT: "10249",
  },
});

export const balancer = ({ address = "10.240.0.11", authority = "" } = {}): ClusterStep => ({
  files: { services: [apiBalancerService([member, { name: "server-1", address }])] },
  versions: {},
  credentials: { ...credentialsOf("ca.crt"), ...(authority !== "" && { "ca.crt": authority }) },
  variables: { ADDRESS: "127.0.0.1:6443", CA: "/etc/api-balancer/ca.crt" },
});

/** The steps by their scripts. */
export const cases: Record<string, ClusterCase> = {
  "60-etcd": {
    services: {
      etcd: { folder: "/etc/etcd", health: ":2381/health", start: 'mkdir -p "$R/var/lib/etcd/member/wal"' },
    },
    step: etcd(),
    version: "3.6.16",
    change: { step: etcd({ heartbeatMilliseconds: 500 }), service: "etcd", path: `${units}/etcd.service` },
    upgrade: { step: etcd({ version: "3.6.17" }), services: ["etcd"] },
    skip: { step: etcd({ version: "3.8.0" }), next: "3.7" },
    broken: { step: etcd({ token: "broken" }), service: "etcd", said: "etcd does not get healthy" },
    port: [2380, "etcd"],
    key: "/etc/etcd/etcd-server.key",
  },
  "61-control-plane": {
    services: {
      etcd: { folder: "/none", health: ":2381/health" },
      "kube-apiserver": { folder: "/none", health: ":6443/readyz" },
      "kube-controller-manager": {
        ...{ folder: "/none", health: ":10257/healthz" },
        start: 'mkdir -p "$R/usr/libexec/kubernetes/kubelet-plugins/volume/exec"',
      },
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
    skip: { step: controlPlane({ version: "1.38.0" }), next: "1.37" },
    broken: {
      ...{ step: controlPlane({ cidr: "broken" }), service: "kube-apiserver" },
      said: "the API server does not get ready",
    },
    port: [10257, "kube-controller-manager"],
    key: "/var/lib/kubernetes/encryption.yaml",
    prepare: (host) => host.write("/running/etcd", ""),
  },
  "65-api-balancer": {
    services: {
      "api-balancer": { says: "haproxy -v", folder: "/etc/api-balancer", health: "127.0.0.1:6443/readyz" },
    },
    step: balancer(),
    version: "3.0.11-1+deb13u1",
    change: {
      ...{ step: balancer({ address: "10.240.0.12" }), service: "api-balancer" },
      path: "/etc/api-balancer/haproxy.cfg",
    },
    broken: {
      ...{ step: balancer({ authority: "broken" }), service: "api-balancer" },
      said: "no API server is reached at 127.0.0.1:6443",
    },
    port: [6443, "api-balancer"],
    key: "/etc/api-balancer/ca.crt",
    prepare: (host) => {
      host.write("/lib/systemd/system/.keep", "");
      host.program("haproxy", { "-v": 'echo "HAProxy version 3.0.11-1+deb13u1 2025/10/03"; echo "Status: long-term"' });
    },
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
      host.write("/proc/sys/kernel/random/boot_id", "this-boot\n");
      host.write("/running/registered", '{"bootID": "this-boot"}');
      host.write("/sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
      host.write("/proc/swaps", "Filename Type Size Used Priority\n");
      host.write("/run/containerd/containerd.sock", "");
      host.program(
        "crictl.real",
        { "* inspecti -q *": '[ -e "$R/run/image" ]' },
        { "* -t 60s rmp -fa": ":", "* rmi *": 'rm -f "$R/run/image"' },
      );
      host.program("ctr", {}, { "* images import *": ': >"$R/run/image"', "* images label *": ":" });
      host.program("umount", {}, { "-l *": 'grep -vF " ${2} " "$R/proc/mounts" >"$R/m"; mv "$R/m" "$R/proc/mounts"' });
    },
  },
  "71-kube-proxy": {
    services: {
      "kube-proxy": {
        ...{ folder: "/var/lib/kube-proxy", health: ":10256/healthz" },
        start:
          'printf "%s\\n" "*nat" "-A KUBE-SERVICES -d 10.32.0.1/32 -p tcp" COMMIT >"$R/kernel/nat"; : >"$R/kernel/strays"',
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
      for (const module of ["nf_tables", "nft_reject_ipv4"]) host.write(`/sys/module/${module}/initstate`, "live\n");
      host.program("modprobe", { "--show-depends *": "exit 1" });
      host.program("iptables-save", { "-t nat": 'cat "$R/kernel/nat"', "": 'cat "$R/kernel/nat" 2>/dev/null || :' });
      host.program("nft", strays.reads, strays.changes);
      // With the kubeconfig still there, by which it knows the cluster.
      host.program(
        "kube-proxy.real",
        {},
        { "--cleanup": '[ -e "$R/var/lib/kube-proxy/config.yaml" ] && rm -f "$R/kernel/nat"' },
      );
    },
  },
};

/** What nft says of the table that kube-proxy's service makes. */
export const strays = {
  reads: {
    "list tables ip": '[ ! -e "$R/kernel/strays" ] || echo "table ip hardway_services"',
    "list tables ip6": ":",
    "list table ip hardway_services":
      '[ -e "$R/kernel/strays" ] || exit 1; for hook in forward output; do echo "  ip daddr 10.32.0.0/24 reject"; done',
  },
  changes: { "delete table ip hardway_services": 'rm "$R/kernel/strays"' },
};

/** A host for one of the steps, which is removed after the test. */
export function hostFor(script: string): () => ClusterHost {
  let host: ClusterHost;
  beforeEach(() => {
    host = new ClusterHost(cases[script]!.services);
    cases[script]!.prepare?.(host);
  });
  afterEach(() => host.remove());
  return () => host;
}

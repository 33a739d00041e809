import { listWords } from "./listWords";

/** What the values of steps are called. One that is missing here is called by its variable's name. */
const names: Readonly<Record<string, string>> = {
  ADDRESS: "address",
  ALONG: "packages installed along",
  API_PORT: "port of its API",
  API_SERVICE: "address of the Service kubernetes",
  ARTIFACTS: "release files",
  BRIDGE: "bridge",
  BRIDGE_CONF: "bridge plugin's configuration",
  CA: "the authority's certificate",
  CGROUP_DRIVER: "cgroup driver",
  CLIENT_PORT: "port for clients",
  CLUSTER_CIDR: "cluster CIDR",
  CNI_BIN_DIR: "folder of the CNI plugins",
  CNI_CONF_DIR: "folder of the CNI configuration",
  CONFIG_FILE: "configuration file",
  CONFIG_V2: "containerd's configuration, version 2",
  CONFIG_V3: "containerd's configuration, version 3",
  CONTAINERD_V2: "containerd's configuration, version 2",
  CONTAINERD_V3: "containerd's configuration, version 3",
  CRI_DOCKERD: "program of cri-dockerd",
  DATA: "folder of the data",
  DEFAULT_HANDLER: "default handler",
  DEVICE: "device",
  DEVICES: "devices that handlers need",
  DROP_INS: "folder of drop-ins",
  ENCRYPTED: "encrypted in etcd",
  ENGINE: "packages of the engine",
  ETCD_HEALTH: "where etcd says how it is",
  EXPECTED: "settings that the runtime must show",
  FAR_POD: "address of a pod elsewhere",
  FILES: "files",
  FOLDER: "folder",
  HANDLERS: "handlers",
  HEALTH_PORT: "port for health",
  IMAGE_ARCHIVES: "image archives",
  IMAGES: "images",
  IMAGE_POLICY: "policy for images",
  IMAGE_STORE: "storage for images",
  KERNEL_MTU: "MTU that the kernel gives",
  KUBECONFIG_FILE: "kubeconfig",
  LOOPBACK_CONF: "99-loopback.conf",
  MANAGER_PORT: "port of the controller manager",
  MANIFESTS: "what the cluster holds",
  MASQUERADE: "masquerade",
  MEMBERS: "members",
  METRICS_PORT: "port for metrics",
  MIN_FREE_MIB: "free space in MiB",
  MODE: "proxy mode",
  MODULES: "modules",
  MODULES_FILE: "modules file",
  MODULES_TEXT: "text of the modules file",
  MOUNT: "snapshotter's folder",
  MTU: "MTU of pods",
  NETWORK: "10-bridge.conflist",
  NETWORK_FILE: "name of the pod network's file",
  NODE: "Node",
  NODES: "Nodes",
  PACKAGES: "packages",
  PEER: "peer",
  PEER_PORT: "port for members",
  PLUGINS: "plugins",
  POD_CIDR: "pod CIDR",
  POOL: "pool",
  PROGRAM: "program",
  REGISTRY_FOLDER: "folder of the registries' settings",
  REPOSITORIES: "package repositories",
  ROUTES: "routes",
  SANDBOX_IMAGE: "sandbox image",
  SCHEDULER_PORT: "port of the scheduler",
  SERVER: "API server",
  SERVICE_CIDR: "network of the Services",
  SERVICES: "services",
  SERVICE_FILES: "files that services read",
  SIZE_GIB: "size in GiB",
  SNAPSHOTTER: "snapshotter",
  SOCKET: "socket",
  SOURCE: "source",
  STORAGE_DRIVER: "storage driver",
  SWAP: "swap",
  SWAP_SERVICES: "services that make swap",
  SYSCTLS: "sysctls",
  SYSCTL_FILE: "sysctl file",
  SYSCTL_TEXT: "text of the sysctl file",
  SYSTEMD_CGROUP: "cgroups by systemd",
  UNIT: "systemd unit of the store",
};

const words = (value: string) => value.split(/\s+/).filter(Boolean);
const lines = (value: string) => value.split("\n").filter(Boolean);

/** Values that are lists, and how to take one apart. A handler is a line of several words, of which the first is its name. */
const lists: Readonly<Record<string, (value: string) => string[]>> = {
  ALONG: words,
  ENCRYPTED: lines,
  ENGINE: words,
  HANDLERS: (value) => lines(value).map((line) => line.split(" ")[0] ?? line),
  IMAGE_ARCHIVES: lines,
  IMAGES: (value) => lines(value).map((line) => line.split(" ")[0] ?? line),
  MEMBERS: lines,
  MODULES: words,
  NODES: lines,
  PACKAGES: words,
  PLUGINS: words,
  ROUTES: lines,
  SERVICES: words,
  SERVICE_FILES: lines,
  SWAP_SERVICES: words,
  SYSCTLS: lines,
};

/** Longer ones are no reading matter within a sentence. */
const longest = 60;

type Values = Readonly<Record<string, string>>;

/** What a value is called; a rendered file by its path. */
export function nameOfValue(name: string, values: Values): string {
  const number = /^FILE_(\d+)$/.exec(name)?.[1];
  if (number === undefined) return names[name] ?? name;
  const [, path] = (values["FILES"]?.split("\n")[Number(number) - 1] ?? "").split(" ");
  return path ?? name;
}

/** Values that other reasons are about. */
const untold: readonly string[] = ["MACHINE", "STEP"];

/** How the values differ, each in words: `swap off -> keep`, `modules + ip_vs`, `text of the modules file`. */
export function describeValues(old: Values, next: Values): string[] {
  const changed = [...new Set([...Object.keys(old), ...Object.keys(next)])].filter(
    (name) => old[name] !== next[name] && !untold.includes(name),
  );
  const described = changed.map((name) => describeValue(name, old, next));
  const plain = described.filter(({ isText }) => !isText).map(({ words }) => words);
  const texts = described.filter(({ isText }) => isText).map(({ words }) => words);
  return [...plain, ...texts];
}

function describeValue(name: string, old: Values, next: Values): { words: string; isText: boolean } {
  const called = nameOfValue(name, name in next ? next : old);
  const [before, after] = [old[name] ?? "", next[name] ?? ""];
  const itemsOf = lists[name];
  if (itemsOf !== undefined) return { words: `${called} ${listWords(itemsOf(before), itemsOf(after))}`, isText: false };
  const isText = [before, after].some((value) => value.includes("\n") || value.length > longest);
  return { words: isText ? called : `${called} ${before || "(none)"} -> ${after || "(none)"}`, isText };
}

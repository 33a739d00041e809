/** What the values of steps are called. One that is missing here is called by its variable's name. */
const names: Readonly<Record<string, string>> = {
  ADDRESS: "address",
  ALONG: "packages installed along",
  ARTIFACTS: "release files",
  BRIDGE: "bridge",
  BRIDGE_CONF: "bridge plugin's configuration",
  CGROUP_DRIVER: "cgroup driver",
  CLUSTER_CIDR: "cluster CIDR",
  CNI_BIN_DIR: "folder of the CNI plugins",
  CNI_CONF_DIR: "folder of the CNI configuration",
  CONFIG_FILE: "configuration file",
  CONFIG_V2: "containerd's configuration, version 2",
  CONFIG_V3: "containerd's configuration, version 3",
  DEFAULT_HANDLER: "default handler",
  DEVICE: "device",
  FILES: "files",
  HANDLERS: "handlers",
  IMAGE_ARCHIVES: "image archives",
  LOOPBACK_CONF: "99-loopback.conf",
  MASQUERADE: "masquerade",
  MIN_FREE_MIB: "free space in MiB",
  MODULES: "modules",
  MODULES_FILE: "modules file",
  MODULES_TEXT: "text of the modules file",
  NETWORK: "10-bridge.conflist",
  PACKAGES: "packages",
  PEER: "peer",
  PLUGINS: "plugins",
  POD_CIDR: "pod CIDR",
  REPOSITORIES: "package repositories",
  ROUTES: "routes",
  SIZE_GIB: "size in GiB",
  SNAPSHOTTER: "snapshotter",
  SOURCE: "source",
  SWAP: "swap",
  STORAGE_DRIVER: "storage driver",
  SYSCTLS: "sysctls",
  SYSCTL_FILE: "sysctl file",
  SYSCTL_TEXT: "text of the sysctl file",
  SYSTEMD_CGROUP: "cgroups by systemd",
};

/** Values that are lists: between words a space, or a line each. */
const lists = ["ALONG", "HANDLERS", "IMAGE_ARCHIVES", "MODULES", "PACKAGES", "PLUGINS", "ROUTES", "SYSCTLS"];

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

/** How the values differ, each in words: `swap off -> keep`, `modules + ip_vs`, `text of the modules file`. */
export function describeValues(old: Values, next: Values): string[] {
  const changed = [...new Set([...Object.keys(old), ...Object.keys(next)])].filter(
    (name) => old[name] !== next[name] && name !== "MACHINE",
  );
  const described = changed.map((name) => describeValue(name, old, next));
  const plain = described.filter(({ isText }) => !isText).map(({ words }) => words);
  const texts = described.filter(({ isText }) => isText).map(({ words }) => words);
  return [...plain, ...texts];
}

function describeValue(name: string, old: Values, next: Values): { words: string; isText: boolean } {
  const called = nameOfValue(name, name in next ? next : old);
  const [before, after] = [old[name] ?? "", next[name] ?? ""];
  if (lists.includes(name)) {
    const [gone, added] = [without(items(name, before), after), without(items(name, after), before)];
    const parts = [...added.map((item) => `+ ${item}`), ...gone.map((item) => `- ${item}`)];
    // The same ones in another order.
    const words = parts.join(", ") || "in another order";
    return { words: `${called} ${words}`, isText: false };
  }
  const isText = [before, after].some((value) => value.includes("\n") || value.length > longest);
  return { words: isText ? called : `${called} ${before || "(none)"} -> ${after || "(none)"}`, isText };

  function without(list: readonly string[], other: string): string[] {
    return list.filter((item) => !items(name, other).includes(item));
  }
}

/** A handler is a line of several words, of which the first is its name. */
function items(name: string, value: string): string[] {
  if (["MODULES", "PACKAGES", "PLUGINS", "ALONG"].includes(name)) return value.split(/\s+/).filter(Boolean);
  const lines = value.split("\n").filter(Boolean);
  return name === "HANDLERS" ? lines.map((line) => line.split(" ")[0] ?? line) : lines;
}

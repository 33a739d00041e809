/** Modules that every node needs: overlay mounts image layers, br_netfilter shows netfilter what crosses a bridge. */
export const kernelModules = ["overlay", "br_netfilter"] as const;

/** Sysctls that every node needs, in the order of the file. */
export const kernelSysctls = {
  "net.bridge.bridge-nf-call-iptables": "1",
  "net.ipv4.ip_forward": "1",
  "net.bridge.bridge-nf-call-ip6tables": "1",
} as const;

/**
 * What a kubelet sets when it starts, and with `protectKernelDefaults` only checks: memory may be promised beyond what there
 * is, the OOM killer ends a process and not the host, a kernel that has failed boots again after ten seconds, and root has
 * keys enough for the keyrings of many containers (kubernetes, `setupKernelTunables`).
 */
export const kubeletSysctls = {
  "vm.overcommit_memory": "1",
  "vm.panic_on_oom": "0",
  "kernel.panic": "10",
  "kernel.panic_on_oops": "1",
  "kernel.keys.root_maxkeys": "1000000",
  "kernel.keys.root_maxbytes": "25000000",
} as const;

/** Sysctls as the variable SYSCTLS of scripts, one `NAME=VALUE` a line. */
export function sysctlLines(sysctls: Readonly<Record<string, string>>): string {
  return Object.entries(sysctls)
    .map(([name, value]) => `${name}=${value}`)
    .join("\n");
}

/** What a kubelet needs of a sysctl, however its name is written; undefined where it needs nothing. */
export function kubeletNeeds(name: string): string | undefined {
  const path = sysctlPath(name);
  return Object.entries(kubeletSysctls).find(([needed]) => sysctlPath(needed) === path)?.[1];
}

/** Those among them that `extra` does not have, however it writes their names. */
export function kubeletSysctlsBeside(extra: Readonly<Record<string, string>>): Record<string, string> {
  const given = new Set(Object.keys(extra).map(sysctlPath));
  return Object.fromEntries(Object.entries(kubeletSysctls).filter(([name]) => !given.has(sysctlPath(name))));
}

/**
 * A sysctl's path below /proc/sys: the first of "." and "/" in a name separates its parts, and the other means "."
 * (sysctl.d(5)).
 */
export function sysctlPath(name: string): string {
  const isDotted = /^[^./]*\./.test(name);
  return isDotted ? name.replace(/[./]/g, (sign) => (sign === "." ? "/" : ".")) : name;
}

/**
 * Services that make swap themselves, of packages and scripts that are common: zram-tools, Ubuntu's zram-config,
 * Debian's and Raspberry Pi OS's dphys-swapfile, swapspace, systemd-swap, zram-swap, zramd, Armbian's. The kernel step
 * turns off those that are there, and the verification looks for the same.
 */
export const swapServices = [
  "zramswap.service",
  "zram-config.service",
  "dphys-swapfile.service",
  "swapspace.service",
  "systemd-swap.service",
  "zram-swap.service",
  "zramd.service",
  "armbian-zram-config.service",
] as const;

/** A modules-load.d(5) file: one module a line. */
export function renderModulesFile(modules: readonly string[]): string {
  return modules.map((module) => `${module}\n`).join("");
}

/** A sysctl.d(5) file with its values in one column. */
export function renderSysctlFile(sysctls: Readonly<Record<string, string>>): string {
  const width = Math.max(0, ...Object.keys(sysctls).map((key) => key.length));
  return Object.entries(sysctls)
    .map(([key, value]) => `${key.padEnd(width)} = ${value}\n`)
    .join("");
}

/** Modules that every node needs: overlay mounts image layers, br_netfilter shows netfilter what crosses a bridge. */
export const kernelModules = ["overlay", "br_netfilter"] as const;

/** Sysctls that every node needs, in the order of the file. */
export const kernelSysctls = {
  "net.bridge.bridge-nf-call-iptables": "1",
  "net.ipv4.ip_forward": "1",
  "net.bridge.bridge-nf-call-ip6tables": "1",
} as const;

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

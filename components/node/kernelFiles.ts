/** Modules that every node needs: image layers, and iptables seeing what crosses a bridge (seed documents 000, 002). */
export const kernelModules = ["overlay", "br_netfilter"] as const;

/** Sysctls that every node needs, in the order of the documents' file (seed document 000). */
export const kernelSysctls = {
  "net.bridge.bridge-nf-call-iptables": "1",
  "net.ipv4.ip_forward": "1",
  "net.bridge.bridge-nf-call-ip6tables": "1",
} as const;

/** A modules-load.d(5) file: one module a line. */
export function renderModulesFile(modules: readonly string[]): string {
  return modules.map((module) => `${module}\n`).join("");
}

/** A sysctl.d(5) file with its values in one column, as the documents have it. */
export function renderSysctlFile(sysctls: Readonly<Record<string, string>>): string {
  const width = Math.max(0, ...Object.keys(sysctls).map((key) => key.length));
  return Object.entries(sysctls)
    .map(([key, value]) => `${key.padEnd(width)} = ${value}\n`)
    .join("");
}

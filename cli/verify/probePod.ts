import type { LinuxContainerConfig, PodSandboxConfig, PortMapping } from "./cri/messages";
import { lockFolder } from "./hostScript";
import { at, parseInfo } from "./runtimes/judge";

/** Labels of everything that a verification runs: one marks it as ours, the other names the run. */
export const label = { ours: "hardway.verify", run: "hardway.run" } as const;

/**
 * As a kubelet requests for each container: otherwise cri-dockerd creates a separate network for it. ping(8) needs NET_RAW,
 * which containerd and Docker grant by default, and CRI-O only on request (crio.conf(5), `default_capabilities`).
 */
export const inItsPod: LinuxContainerConfig = {
  securityContext: {
    capabilities: { addCapabilities: ["NET_RAW"] },
    namespaceOptions: { network: "POD", pid: "CONTAINER", ipc: "POD" },
  },
};

/** Port on which probe pods listen. */
export const probePort = 8080;

/**
 * The port of each worker that leads to its probe pod: a different one for each run, outside the range from which the kernel
 * assigns ports (net.ipv4.ip_local_port_range ends at 60999).
 *
 * @param run hexadecimal
 */
export function hostPort(run: string): number {
  return 61000 + (Number.parseInt(run.slice(0, 8), 16) % 4500);
}

/**
 * Folder for the output of a run's containers; hold.sh makes and removes it. A container must have such a file: a kubelet that
 * finds a container without one removes the first file of the folder that it runs in, which on most hosts is `/bin`
 * (kubernetes, pkg/kubelet/logs, `Clean`, globs the path that the container names, and `*`).
 */
function logFolder(run: string): string {
  return `${lockFolder}/hardway-verify-${run}.logs`;
}

/** @param name distinguishes this run's pods on one host, since a runtime accepts each name only once */
export function sandboxConfig(
  run: string,
  name: string,
  cgroupDriver: "systemd" | "cgroupfs",
  portMappings: readonly PortMapping[] = [],
): PodSandboxConfig {
  return {
    metadata: { name: `hardway-verify-${run}-${name}`, uid: run, namespace: "hardway-verify" },
    hostname: "hardway-verify",
    logDirectory: logFolder(run),
    portMappings,
    labels: { [label.ours]: "true", [label.run]: run },
    // A slice for the systemd driver, as a kubelet requests. These parents exist already, so nothing is left behind.
    linux: { cgroupParent: cgroupDriver === "systemd" ? "system.slice" : "/" },
  };
}

/** The container's first process on the host, from the verbose `info`, where every runtime has it; else 0. */
export function pidOf(info: string | undefined): string {
  const pid = at(parseInfo(info), "pid");
  return typeof pid === "number" ? String(pid) : "0";
}

/**
 * The systemd driver makes a scope inside a slice, in which crun makes a folder of its own (crun(1),
 * `run.oci.systemd.subgroup`); cgroupfs makes a plain folder, even when it is given systemd's notation.
 */
export function cgroupDriverOf(path: string): "systemd" | "cgroupfs" {
  return /\.slice\/[^/:]+\.scope(\/container)?$/.test(path) ? "systemd" : "cgroupfs";
}

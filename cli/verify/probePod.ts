import type { PodSandboxConfig } from "./cri/messages";

/** Labels of everything that a verification runs: that it is ours, and of which run. */
export const label = { ours: "hardway.verify", run: "hardway.run" } as const;
/** @param name tells this run's pods on one host apart, since a runtime takes a pod's name once */
export function sandboxConfig(run: string, name: string, cgroupDriver: "systemd" | "cgroupfs"): PodSandboxConfig {
  return {
    metadata: { name: `hardway-verify-${run}-${name}`, uid: run, namespace: "hardway-verify" },
    hostname: "hardway-verify",
    labels: { [label.ours]: "true", [label.run]: run },
    // As a kubelet does: a slice for the systemd driver. These parents are there already, so that none is left behind.
    linux: { cgroupParent: cgroupDriver === "systemd" ? "system.slice" : "/" },
  };
}

/** Part of the verbose `info` that containerd gives for containers and sandboxes. */
export interface ContainerFacts {
  readonly pid?: number;
  readonly image?: string;
  readonly snapshotter?: string;
  readonly runtimeType?: string;
  /** Options of runc's shim. */
  readonly runtimeOptions?: { readonly binary_name?: string } | null;
}

export function parseInfo(text: string | undefined): ContainerFacts {
  return text === undefined ? {} : (JSON.parse(text) as ContainerFacts);
}

/** The systemd driver makes a scope inside a slice; cgroupfs makes a plain folder, even when it is given systemd's notation. */
export function cgroupDriverOf(path: string): "systemd" | "cgroupfs" {
  return /\.slice\/[^/:]+\.scope$/.test(path) ? "systemd" : "cgroupfs";
}

import type { Masquerade } from "./cniFiles";
import type { RuntimeKind } from "./runtime/runtimeSettings";

/** What the steps of a host do unless told otherwise; the folders and the bridge of the pod network are in `cniDefaults`. */
export const hostDefaults = {
  /** Seconds until a host has to answer on SSH. */
  sshTimeoutSeconds: 180,
  modulesFile: "/etc/modules-load.d/containerd.conf",
  sysctlFile: "/etc/sysctl.d/99-kubernetes-cri.conf",
  /** Size of a snapshotter's files on the root disk. */
  storeGiB: 8,
  runtime: "containerd" satisfies RuntimeKind,
  clusterCidr: "10.200.0.0/16",
  masquerade: "bridge" satisfies Masquerade,
  podMtu: 0,
} as const;

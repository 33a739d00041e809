import { containerd } from "./containerd";

/** What every runtime is told; each writes it down in its own way. */
export interface RuntimeSettings {
  readonly snapshotter: string;
  readonly cgroupDriver: "systemd" | "cgroupfs";
  /** Image that holds a pod's namespaces open. */
  readonly sandboxImage: string;
  readonly cniBinDir: string;
  readonly cniConfDir: string;
}

/** How one container runtime is installed and configured. */
export interface Runtime {
  readonly configFile: string;
  /** CRI endpoint, a unix socket on the host. */
  readonly socket: string;
  /** Handler of pods without a RuntimeClass. */
  readonly defaultHandler: string;
  /** Script of `scripts/node`; its undo script has the same name with `.undo`. */
  readonly script: string;
  /** The script's variables, rendered configuration included. */
  variables(settings: RuntimeSettings): Record<string, string>;
}

export type RuntimeKind = "containerd";

export const runtimes: Readonly<Record<RuntimeKind, Runtime>> = { containerd };

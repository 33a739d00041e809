import type { AddedArtifact } from "./artifacts/artifact";
import type { AptRepository } from "./aptRepository";
import type { HandlerName } from "./handlers/handler";
import type { SnapshotterName } from "./snapshotters/snapshotter";

/**
 * The container runtimes of the Kubernetes documentation (setup, container runtimes): containerd, CRI-O, Docker Engine
 * and Mirantis Container Runtime.
 */
export type RuntimeKind = "containerd" | "crio" | "docker" | "mirantis";

/**
 * Where the programs of a runtime and of its handlers come from.
 *
 * - `distro`: packages of the host's distribution.
 * - `release`: the project's own archives, each held to its SHA-256.
 * - `mirror`: the same archives from a base URL of the user's.
 * - `repository`: packages of repositories of the user's.
 */
export type RuntimeSource = "distro" | "release" | "mirror" | "repository";

export type CgroupDriver = "systemd" | "cgroupfs";

/** What every runtime is configured with, in its own format. Named as the keys of the configuration are. */
export interface RuntimeSettings {
  readonly runtimeSource: RuntimeSource;
  /** Version to install, e.g. `2.2.0`; empty for the one that the source offers. */
  readonly runtimeVersion: string;
  /**
   * Base URL of the archives with source `mirror`. With `distro` and `repository`, where handlers and cri-dockerd come
   * from that their packages do not have; cri-dockerd comes from its project where this is empty. Empty for none.
   */
  readonly runtimeMirror: string;
  /** Text of the mirror's SHA256SUMS, from a trusted place; empty to hold its files to the lock file. */
  readonly runtimeMirrorSums: string;
  /** Release files besides those of the lock file. */
  readonly runtimeArtifacts: readonly AddedArtifact[];
  /** Repositories that source `repository` installs from, besides the distribution's. */
  readonly runtimeRepositories: readonly AptRepository[];
  /** What the node can run pods with, each once. */
  readonly handlers: readonly HandlerName[];
  /** Handler of pods without a RuntimeClass; one of `handlers`. */
  readonly defaultHandler: HandlerName;
  /** Where image layers are kept. */
  readonly snapshotter: SnapshotterName;
  /** Who manages the containers' cgroups; must be the kubelet's too. */
  readonly cgroupDriver: CgroupDriver;
  /** Image that holds a pod's namespaces open. */
  readonly sandboxImage: string;
  /** Image archives on the host, as absolute paths, that are imported so that no registry is needed. */
  readonly imageArchives: readonly string[];
  /** URLs to ask before the registry itself, in order, by the registry's host, e.g. `docker.io`. */
  readonly registryMirrors: Readonly<Record<string, readonly string[]>>;
  readonly cniBinDir: string;
  readonly cniConfDir: string;
}

/** Who logs in to a registry. */
export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
}

/** Logins by the registry's host. Secret: they reach a host on standard input and are in no log. */
export type RegistryCredentials = Readonly<Record<string, RegistryLogin>>;

/** A setting that a runtime cannot follow. */
export interface SettingProblem {
  readonly setting: keyof RuntimeSettings | "registryCredentials";
  /** What must be instead and why, to be read after the setting's name. */
  readonly rule: string;
  readonly got?: unknown;
}

/** A file of ours on the host, rendered whole. */
export interface OwnedFile {
  readonly path: string;
  /** @default 0644 */
  readonly mode?: "0644" | "0600" | "0755";
  readonly text: string;
}

/** How one container runtime is installed and configured. One file of this folder each, listed in `runtimes.ts`. */
export interface Runtime {
  readonly kind: RuntimeKind;
  /** What CRI's Version calls it. */
  readonly criName: string;
  /** Its systemd units: the first one keeps images and containers, the last one answers the CRI. */
  readonly services: readonly [string, ...string[]];
  /** The file that says most about it. */
  readonly configFile: string;
  /** CRI endpoint, a unix socket on the host. */
  readonly socket: string;
  readonly handlers: readonly HandlerName[];
  readonly snapshotters: readonly SnapshotterName[];
  readonly sources: readonly RuntimeSource[];
  /** Why it does not have one of the others, to be read after a colon. */
  readonly reasons?: Readonly<Partial<Record<HandlerName | SnapshotterName, string>>>;
  /** Script of `scripts/node`; its undo script has the same name with `.undo`. */
  readonly script: string;
  /**
   * The runtime's own folder for a snapshotter, where its store is mounted; undefined when it has none with a store.
   */
  storeFolder?(snapshotter: SnapshotterName): string;
  /** Its own name for where image layers are kept, as its daemon reports it. */
  storageDriver(snapshotter: SnapshotterName): string;
  /** The OCI runtime that it calls for a handler: an absolute path, or a name on the service's PATH. */
  handlerProgram(name: HandlerName, settings: RuntimeSettings): string;
  /** What it cannot do, besides what its lists above do not have. */
  problems(settings: RuntimeSettings): SettingProblem[];
  /** The script's variables, rendered configuration included. */
  variables(settings: RuntimeSettings): Record<string, string>;
  /**
   * Variables that hold logins; they take the place of those above and never show. Undefined where the runtime leaves
   * logins to the kubelet.
   */
  secrets?(settings: RuntimeSettings, credentials: RegistryCredentials): Record<string, string>;
}

/**
 * Files as the variables FILES (one `MODE PATH` a line) and FILE_1, FILE_2 and so on with their texts, which
 * `own_files` of `scripts/node/lib-own.sh` writes.
 */
export function fileVariables(files: readonly OwnedFile[]): Record<string, string> {
  return {
    FILES: files.map(({ path, mode = "0644" }) => `${mode} ${path}`).join("\n"),
    ...Object.fromEntries(files.map(({ text }, index) => [`FILE_${index + 1}`, text])),
  };
}

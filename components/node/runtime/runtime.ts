import type { ArtifactName } from "./artifacts/lock";
import type { HandlerName } from "./handlers";
import type {
  RegistryCredentials,
  RuntimeKind,
  RuntimeSettings,
  RuntimeSource,
  SettingProblem,
} from "./runtimeSettings";
import type { SnapshotterName } from "./snapshotters";

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
  /** Its release, for sources `release` and `mirror`; undefined where it always comes as packages. */
  readonly release?: ArtifactName;
  /** A program besides it, which no distribution packages, so that it may come from a release with packages too. */
  readonly companion?: ArtifactName;
  /** What it needs for a handler that comes from releases; the first one decides the version. */
  handlerReleases(name: HandlerName): readonly ArtifactName[];
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
  /** What it cannot do, besides what its lists above do not have. @default it can do all else */
  problems?(settings: RuntimeSettings): SettingProblem[];
  /** The script's variables, rendered configuration included. */
  variables(settings: RuntimeSettings): Record<string, string>;
  /**
   * Variables that hold logins; they take the place of those above and never show. Undefined where the runtime leaves
   * logins to the kubelet.
   */
  secrets?(settings: RuntimeSettings, credentials: RegistryCredentials): Record<string, string>;
}

import type * as pulumi from "@pulumi/pulumi";
import type { AddedArtifact } from "./artifacts/artifact";
import type { HandlerName } from "./handlers";
import type { SnapshotterName } from "./snapshotters";

/**
 * The container runtimes of the Kubernetes documentation (setup, container runtimes): containerd, CRI-O, Docker Engine
 * and Mirantis Container Runtime.
 */
export const RuntimeKind = {
  Containerd: "containerd",
  CriO: "crio",
  Docker: "docker",
  Mirantis: "mirantis",
} as const;
export type RuntimeKind = (typeof RuntimeKind)[keyof typeof RuntimeKind];

/** Where the programs of a runtime and of its handlers come from. */
export const RuntimeSource = {
  /** Packages of the host's distribution. */
  Distro: "distro",
  /** The project's own archives, each held to its SHA-256. */
  Release: "release",
  /** The same archives from a base URL of the user's. */
  Mirror: "mirror",
  /** Packages of repositories of the user's. */
  Repository: "repository",
} as const;
export type RuntimeSource = (typeof RuntimeSource)[keyof typeof RuntimeSource];

/** Who manages the containers' cgroups. */
export const CgroupDriver = {
  /** systemd, as a host that boots with it should have it. */
  Systemd: "systemd",
  /** The runtime itself. */
  Cgroupfs: "cgroupfs",
} as const;
export type CgroupDriver = (typeof CgroupDriver)[keyof typeof CgroupDriver];

/** The security profile of a container that names none (CRI, `SecurityProfile`). */
export const SecurityProfile = {
  /** The one that the runtime brings. */
  RuntimeDefault: "runtime/default",
  /** None. */
  Unconfined: "unconfined",
} as const;
export type SecurityProfile = (typeof SecurityProfile)[keyof typeof SecurityProfile];

/**
 * A repository of Debian packages, as deb822 describes it (sources.list(5)). Plain, as all settings are;
 * `AptRepositoryArgs` takes outputs, and is the same for programs in other languages.
 */
export interface AptRepository {
  /** Base address, e.g. `https://repos.example.org/ubuntu`. */
  readonly url: string;
  /** Suite, e.g. `noble`; a path that ends in a slash, such as `/`, for a flat repository. */
  readonly suite: string;
  /** Components, e.g. `stable-29.4`; none for a flat repository. */
  readonly components: string[];
  /** The ASCII-armored public key that signs it. Packages signed by any other are refused. */
  readonly key: string;
}

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
  readonly runtimeArtifacts: AddedArtifact[];
  /** Repositories that source `repository` installs from, besides the distribution's. */
  readonly runtimeRepositories: AptRepository[];
  /** What the node can run pods with, each once. */
  readonly handlers: HandlerName[];
  /** Handler of pods without a RuntimeClass; one of `handlers`. */
  readonly defaultHandler: HandlerName;
  /** Where image layers are kept. */
  readonly snapshotter: SnapshotterName;
  /** Who manages the containers' cgroups; must be the kubelet's too. */
  readonly cgroupDriver: CgroupDriver;
  /** Image that holds a pod's namespaces open. */
  readonly sandboxImage: string;
  /** Image archives on the host, as absolute paths, that are imported so that no registry is needed. */
  readonly imageArchives: string[];
  /** URLs to ask before the registry itself, in order, by the registry's host, e.g. `docker.io`. */
  readonly registryMirrors: Record<string, string[]>;
  /** The seccomp filter of containers that name none; a kubelet always names one: see its `seccompDefault`. */
  readonly seccompProfile: SecurityProfile;
  /** The AppArmor profile of containers that name none, on hosts that have AppArmor. */
  readonly appArmorProfile: SecurityProfile;
  readonly cniBinDir: string;
  readonly cniConfDir: string;
}

/** Who logs in to a registry. */
export interface RegistryLoginArgs {
  readonly username: pulumi.Input<string>;
  /** Secret. */
  readonly password: pulumi.Input<string>;
}

/** Logins by the registry's host. Secret: they reach a host on standard input and are in no log. */
export type RegistryCredentials = Readonly<Record<string, pulumi.UnwrappedObject<RegistryLoginArgs>>>;

/** A setting that a runtime cannot follow. */
export interface SettingProblem {
  readonly setting: keyof RuntimeSettings | "registryCredentials";
  /** What must be instead and why, to be read after the setting's name. */
  readonly rule: string;
  readonly got?: unknown;
}

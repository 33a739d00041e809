import type * as pulumi from "@pulumi/pulumi";
import type { ArtifactArchitecture, ArtifactName } from "./artifacts/lock";
import type { SourceSettings } from "./artifacts/sources";
import type { HandlerName } from "./handlers";
import type { CgroupDriver, RuntimeSettings, RuntimeSource, SecurityProfile } from "./runtimeSettings";
import type { SnapshotterName } from "./snapshotters";

/** A release file that the lock file does not have, or that replaces one of the lock file. */
export interface AddedArtifactArgs {
  /** The release that it is of. */
  readonly name: pulumi.Input<ArtifactName>;
  /** E.g. `2.2.0`. */
  readonly version: pulumi.Input<string>;
  readonly arch: pulumi.Input<ArtifactArchitecture>;
  readonly url: pulumi.Input<string>;
  /** In hexadecimal. */
  readonly sha256: pulumi.Input<string>;
}

/** A repository of Debian packages, as deb822 describes it (sources.list(5)). */
export interface AptRepositoryArgs {
  /** Base address, e.g. `https://repos.example.org/ubuntu`. */
  readonly url: pulumi.Input<string>;
  /** Suite, e.g. `noble`; a path that ends in a slash, such as `/`, for a flat repository. */
  readonly suite: pulumi.Input<string>;
  /** Components, e.g. `stable-29.4`; none for a flat repository. */
  readonly components: pulumi.Input<pulumi.Input<string>[]>;
  /** The ASCII-armored public key that signs it. Packages signed by any other are refused. */
  readonly key: pulumi.Input<string>;
}

/** Where programs come from. */
export interface ProgramSource {
  /** Which programs they are: packages, or archives. @default distro */
  readonly runtimeSource?: pulumi.Input<RuntimeSource>;
  /**
   * Base URL of the archives with source `mirror`. With `distro` and `repository`, where handlers and cri-dockerd come
   * from that their packages do not have.
   *
   * @default none; cri-dockerd comes from its project
   */
  readonly runtimeMirror?: pulumi.Input<string>;
  /** Text of the mirror's SHA256SUMS, from a trusted place. @default none: its files are held to the lock file */
  readonly runtimeMirrorSums?: pulumi.Input<string>;
  /** Release files besides those of the lock file. @default none */
  readonly runtimeArtifacts?: pulumi.Input<pulumi.Input<AddedArtifactArgs>[]>;
}

/** What every runtime is configured with, in its own format. */
export interface RuntimeSettingArgs extends ProgramSource {
  /** Version to install, e.g. `2.2.0`. @default the one that the source offers */
  readonly runtimeVersion?: pulumi.Input<string>;
  /** Repositories that source `repository` installs from, besides the distribution's. @default none */
  readonly runtimeRepositories?: pulumi.Input<pulumi.Input<AptRepositoryArgs>[]>;
  /** What the node can run pods with, each once. @default runc */
  readonly handlers?: pulumi.Input<pulumi.Input<HandlerName>[]>;
  /** Handler of pods without a RuntimeClass; one of `handlers`. @default the first of `handlers` */
  readonly defaultHandler?: pulumi.Input<HandlerName>;
  /** Where image layers are kept. @default overlayfs */
  readonly snapshotter?: pulumi.Input<SnapshotterName>;
  /** Who manages the containers' cgroups; must be the kubelet's too. @default systemd */
  readonly cgroupDriver?: pulumi.Input<CgroupDriver>;
  /** Image that holds a pod's namespaces open. @default registry.k8s.io/pause:3.9 */
  readonly sandboxImage?: pulumi.Input<string>;
  /** Image archives on the host, as absolute paths, that are imported so that no registry is needed. @default none */
  readonly imageArchives?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * URLs to ask before the registry itself, in order, by the registry's host, e.g. `docker.io`.
   *
   * @default none
   */
  readonly registryMirrors?: pulumi.Input<Record<string, pulumi.Input<pulumi.Input<string>[]>>>;
  /**
   * The seccomp filter of containers that name none. A kubelet always names one, by its `seccompDefault`, so this is for
   * what others ask of the runtime. Only containerd can change it.
   *
   * @default unconfined
   */
  readonly seccompProfile?: pulumi.Input<SecurityProfile>;
  /**
   * The AppArmor profile of containers that name none, on hosts that have AppArmor. containerd and CRI-O can change it;
   * with `unconfined`, containerd also refuses containers that name one.
   *
   * @default runtime/default
   */
  readonly appArmorProfile?: pulumi.Input<SecurityProfile>;
  /** Folder of the CNI plugins. @default /opt/cni/bin */
  readonly cniBinDir?: pulumi.Input<string>;
  /** Folder of the pod network's configuration. @default /etc/cni/net.d */
  readonly cniConfDir?: pulumi.Input<string>;
}

/** Settings with all choices made, as arguments. */
export function settingArgs(settings: RuntimeSettings): RuntimeSettingArgs {
  const { runtimeRepositories, handlers, imageArchives, registryMirrors } = settings;
  return {
    ...settings,
    ...sourceArgs(settings),
    runtimeRepositories: runtimeRepositories.map((each) => ({ ...each, components: [...each.components] })),
    handlers: [...handlers],
    imageArchives: [...imageArchives],
    registryMirrors: Object.fromEntries(Object.entries(registryMirrors).map(([host, urls]) => [host, [...urls]])),
  };
}

/** The part of them that says where programs come from. */
export function sourceArgs(settings: SourceSettings): Required<ProgramSource> {
  const { runtimeSource, runtimeMirror, runtimeMirrorSums, runtimeArtifacts } = settings;
  return { runtimeSource, runtimeMirror, runtimeMirrorSums, runtimeArtifacts: [...runtimeArtifacts] };
}

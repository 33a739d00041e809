import lock from "./releases.json";

/** A processor's architecture, as Debian and Go call it. */
export const ArtifactArchitecture = { Amd64: "amd64", Arm64: "arm64" } as const;
export type ArtifactArchitecture = (typeof ArtifactArchitecture)[keyof typeof ArtifactArchitecture];
export const artifactArchitectures = Object.values(ArtifactArchitecture);

// Written out, so that importers of these types need not read JSON.
/** A release that the lock file knows. */
export const ArtifactName = {
  Containerd: "containerd",
  Runc: "runc",
  CniPlugins: "cni-plugins",
  Crun: "crun",
  CriDockerd: "cri-dockerd",
  CriO: "cri-o",
  Runsc: "runsc",
  ContainerdShimRunsc: "containerd-shim-runsc-v1",
  Kata: "kata",
  KubeApiserver: "kube-apiserver",
  KubeControllerManager: "kube-controller-manager",
  KubeScheduler: "kube-scheduler",
  Kubelet: "kubelet",
  KubeProxy: "kube-proxy",
  Kubectl: "kubectl",
  Etcd: "etcd",
  Crictl: "crictl",
  Coredns: "coredns",
} as const;
export type ArtifactName = (typeof ArtifactName)[keyof typeof ArtifactName];
export const artifactNames = Object.values(ArtifactName);

/** How a release is packed: an archive of programs, the one program itself, or an archive of a container image. */
export type ArtifactForm = "tar.gz" | "tar.zst" | "binary" | "image";

/** The releases of one project. */
export interface Release {
  /** URL with {version}, {arch} (amd64, arm64) and {machine} (x86_64, aarch64) in it. */
  readonly url: string;
  readonly form: ArtifactForm;
  readonly program?: string;
  /** Where the checksums were taken from. */
  readonly source: string;
  /** Checksums by version and architecture. None of a form `image`: projects have their images in registries, not as files. */
  readonly versions: Readonly<Record<string, Readonly<Record<ArtifactArchitecture, string>>>>;
}

/** The lock file: the one place that pins what is downloaded. */
export const releases = lock satisfies Readonly<Record<ArtifactName, object>> as Readonly<
  Record<ArtifactName, Release>
>;

/** What uname(1) calls an architecture. */
export const machines: Readonly<Record<ArtifactArchitecture, string>> = { amd64: "x86_64", arm64: "aarch64" };

/** Where the file of a release is: at the project, or under a mirror's base URL by the project's host and path. */
export function releaseUrl(name: ArtifactName, version: string, arch: ArtifactArchitecture, mirror?: string): string {
  return mirror === undefined
    ? fill(releases[name].url, version, arch)
    : `${mirror.replace(/\/+$/, "")}/${mirrorPath(name, version, arch)}`;
}

/**
 * A release's file below a mirror's base URL, e.g.
 * `github.com/opencontainers/runc/releases/download/v1.4.3/runc.amd64`.
 */
export function mirrorPath(name: ArtifactName, version: string, arch: ArtifactArchitecture): string {
  return fill(releases[name].url, version, arch).replace(/^https:\/\//, "");
}

function fill(template: string, version: string, arch: ArtifactArchitecture): string {
  return template.replaceAll("{version}", version).replaceAll("{arch}", arch).replaceAll("{machine}", machines[arch]);
}

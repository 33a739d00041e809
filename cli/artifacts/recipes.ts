import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { NamedImage } from "../../cloud/images/imageArchive";
import { hostArchitecture } from "../../cloud/packages";
import { localImageName } from "../../components/cluster/localImage";
import type { ArtifactName } from "../../components/node/runtime/artifacts/lock";
import type { SystemPackage } from "../toolchain/systemPackages";

/** Programs that are linked in one call of `go build`. */
export interface Programs {
  /** Their module. @default the recipe's */
  readonly module?: string;
  /** Main packages below the module. */
  readonly packages: readonly string[];
  /** Whether C takes part. */
  readonly cgo: boolean;
  readonly tags: readonly string[];
  readonly linkerFlags: string;
  readonly flags?: readonly string[];
  /** What the one program is called. @default each as its package */
  readonly program?: string;
}

/** A program in C, made in one call of the compiler. */
interface CProgram {
  readonly program: string;
  /** Below the module's folder. */
  readonly sources: readonly string[];
  readonly flags: readonly string[];
}

/** How a release is built from Go modules, as its project builds it. */
export interface ReleaseRecipe {
  readonly name: ArtifactName;
  readonly version: string;
  /** Folder with the go.mod and go.sum that pin it. */
  readonly moduleDirectory: string;
  readonly module: string;
  /**
   * Builds the module by its own go.mod and go.sum, which ours holds to a checksum: for one that replaces modules by others,
   * which Go heeds in nobody else's go.mod.
   */
  readonly ownModule?: true;
  readonly programs: readonly Programs[];
  /** Of a module with `ownModule`. */
  readonly cPrograms?: readonly CProgram[];
  /** Folder of the programs in the archive, with a slash at its end. */
  readonly folder: string;
  /** Of a form `image`: what the archive's one image is, with the programs in its root. */
  readonly image?: NamedImage;
  /** What has to be on the computer that builds, besides Go. */
  readonly systemPackages: readonly SystemPackage[];
}

/** What can be asked for. */
interface Buildable {
  /** What it is, for a person. */
  readonly title: string;
  /** How long it takes on 2 cores the first time, in minutes. */
  readonly minutes: number;
  readonly recipes: () => readonly ReleaseRecipe[];
}

/** What can be built, by the name with which it is asked for, in the order in which it is built. */
export const buildable = {
  containerd: { title: "containerd, its shim for runc, ctr", minutes: 3, recipes: () => [containerd()] },
  runc: { title: "runc", minutes: 1, recipes: () => [runc()] },
  "cni-plugins": { title: "the CNI plugins", minutes: 1, recipes: () => [cniPlugins()] },
  runsc: { title: "gVisor's runsc, and its shim for containerd", minutes: 2, recipes: () => [runsc(), runscShim()] },
  "cri-dockerd": { title: "cri-dockerd, the CRI of Docker Engine", minutes: 5, recipes: () => [criDockerd()] },
  "cri-o": { title: "CRI-O and its pinns, without conmon, runc and crun", minutes: 8, recipes: () => [criO()] },
  kubernetes: {
    title: "Kubernetes: the control plane, kubelet, kube-proxy, kubectl",
    minutes: 8,
    recipes: () => kubernetesPrograms.map(kubernetes),
  },
  etcd: { title: "etcd, etcdctl, etcdutl", minutes: 1, recipes: () => [etcd()] },
  crictl: { title: "crictl, to look at a CRI", minutes: 1, recipes: () => [crictl()] },
  coredns: {
    title: "CoreDNS, as an image for clusters that reach no registry",
    minutes: 2,
    recipes: () => [coreDns()],
  },
} as const satisfies Readonly<Record<string, Buildable>>;

export type BuildName = keyof typeof buildable;
export const buildNames = Object.keys(buildable) as BuildName[];
/** What a node with containerd and nothing else asked for installs. */
export const defaultBuild: readonly BuildName[] = ["containerd", "runc", "cni-plugins"];

/** Packages for building static C programs. */
const compiler: readonly SystemPackage[] = [
  { command: "gcc", package: "gcc" },
  { file: "/usr/include/stdlib.h", package: "libc6-dev" },
];
const seccomp: readonly SystemPackage[] = [
  { command: "pkg-config", package: "pkg-config" },
  { file: "/usr/include/seccomp.h", package: "libseccomp-dev" },
];
const modules = join(__dirname, "modules");
/** Same bytes from the same sources: no symbols, no debug data, no build id. */
const strip = "-s -w -buildid=";

/** The recipes for what was asked for. */
export function recipes(names: readonly BuildName[] = defaultBuild): ReleaseRecipe[] {
  return buildNames.filter((name) => names.includes(name)).flatMap((name) => buildable[name].recipes());
}

/**
 * containerd's Makefile with STATIC=1, so that it runs on any distribution: the daemon and ctr with cgo, which the btrfs
 * snapshotter needs, the shim without and without gRPC. An LTS line: 2.3 is maintained to April 2028.
 */
function containerd(): ReleaseRecipe {
  const module = "github.com/containerd/containerd/v2";
  const version = pinned("containerd", module);
  const tags = ["urfave_cli_no_docs", "osusergo", "netgo", "static_build"];
  const linkerFlags = `${strip} -X ${module}/version.Version=v${version} -X ${module}/version.Package=${module} -extldflags -static`;
  return {
    ...{ name: "containerd", version, module, moduleDirectory: join(modules, "containerd"), folder: "bin/" },
    systemPackages: compiler,
    programs: [
      { packages: ["cmd/containerd", "cmd/ctr"], cgo: true, tags, linkerFlags },
      { packages: ["cmd/containerd-shim-runc-v2"], cgo: false, tags: [...tags, "no_grpc"], linkerFlags },
    ],
  };
}

/** runc's Makefile, target static: a position-independent static program with libseccomp in it. */
function runc(): ReleaseRecipe {
  const module = "github.com/opencontainers/runc";
  return {
    ...{ name: "runc", module, version: pinned("runc", module), moduleDirectory: join(modules, "runc"), folder: "" },
    systemPackages: [...compiler, ...seccomp],
    programs: [
      {
        packages: [""],
        cgo: true,
        tags: ["seccomp", "urfave_cli_no_docs", "netgo", "osusergo"],
        flags: ["-buildmode=pie"],
        linkerFlags: `${strip} -linkmode external -extldflags -static-pie`,
      },
    ],
  };
}

/** build_linux.sh of the CNI plugins, as their release calls it; all of its plugins. */
function cniPlugins(): ReleaseRecipe {
  const module = "github.com/containernetworking/plugins";
  const version = pinned("cni-plugins", module);
  const packages = [
    ...["ipam/dhcp", "ipam/host-local", "ipam/static"],
    ...["main/bridge", "main/dummy", "main/host-device", "main/ipvlan", "main/loopback", "main/macvlan"],
    ...["main/ptp", "main/tap", "main/vlan"],
    ...["meta/bandwidth", "meta/firewall", "meta/portmap", "meta/sbr", "meta/tuning", "meta/vrf"],
  ].map((name) => `plugins/${name}`);
  const linkerFlags = `${strip} -X ${module}/pkg/utils/buildversion.BuildVersion=v${version}`;
  return {
    ...{ name: "cni-plugins", version, module, moduleDirectory: join(modules, "cni-plugins"), folder: "" },
    systemPackages: [],
    programs: [{ packages, cgo: false, tags: [], linkerFlags }],
  };
}

/** gVisor's programs are static without cgo, as its own build has them. */
function gVisor(name: "runsc" | "containerd-shim-runsc-v1", programs: Omit<Programs, "cgo" | "tags">): ReleaseRecipe {
  return {
    ...{ name, version: gVisorVersion(), module: gVisorModule, moduleDirectory: join(modules, "gvisor"), folder: "" },
    programs: [{ ...programs, cgo: false, tags: [] }],
    systemPackages: [],
  };
}

/**
 * runsc (gVisor, runsc/BUILD). It boots sandboxes by itself, and warns in its log that a later version will not: their
 * kernel becomes a program of its own beside runsc (runsc/gvisorbinaries), of which the Go branch has no main package.
 */
function runsc(): ReleaseRecipe {
  const linkerFlags = `${strip} -X ${gVisorModule}/runsc/version.version=${gVisorVersion()}`;
  return gVisor("runsc", { packages: ["runsc"], linkerFlags });
}

/** gVisor's shim (shim/BUILD). It tells the version of the containerd that it was made with, also in releases. */
function runscShim(): ReleaseRecipe {
  const program = "containerd-shim-runsc-v1";
  return gVisor(program, { packages: ["shim"], program, linkerFlags: strip });
}

const gVisorModule = "gvisor.dev/gvisor";

/**
 * The Go branch has no releases, so its version is the day of the commit, as in upstream's own versions, but without their
 * `release-`, by which runsc recognises an official release.
 */
function gVisorVersion(): string {
  const version = pinned("gvisor", gVisorModule);
  const day = /^0\.0\.0-(\d{8})\d{6}-[0-9a-f]{12}$/.exec(version)?.[1];
  if (day === undefined) throw new Error(`cli/artifacts/modules/gvisor/go.mod names no commit; found ${version}`);
  return `${day}.0`;
}

/** The Makefile of cri-dockerd, targets cri-dockerd and static-linux. */
function criDockerd(): ReleaseRecipe {
  const module = "github.com/Mirantis/cri-dockerd";
  const version = pinned("cri-dockerd", module);
  const variables = { Version: version, GitCommit: `v${version}` };
  const stamp = Object.entries(variables).map(([name, value]) => `-X ${module}/cmd/version.${name}=${value}`);
  return {
    ...{ name: "cri-dockerd", version, module, moduleDirectory: join(modules, "cri-dockerd"), ownModule: true },
    folder: "cri-dockerd/",
    programs: [{ packages: [""], cgo: false, tags: [], linkerFlags: [strip, ...stamp].join(" ") }],
    systemPackages: [],
  };
}

/**
 * CRI-O as nix/derivation.nix makes upstream's static programs, with gpg in Go instead of libgpgme, and with btrfs, of which
 * headers are enough. Upstream's archive also has conmon, runc and crun, which are other projects'.
 */
function criO(): ReleaseRecipe {
  const module = "github.com/cri-o/cri-o";
  const tags = ["static", "netgo", "osusergo", "seccomp", "apparmor", "selinux", "containers_image_openpgp"];
  return {
    ...{ name: "cri-o", version: pinned("cri-o", module), module, moduleDirectory: join(modules, "cri-o") },
    ...{ ownModule: true, folder: "cri-o/bin/" },
    programs: [
      {
        ...{ packages: ["cmd/crio"], cgo: true, tags },
        linkerFlags: `${strip} -linkmode external -extldflags -static`,
      },
    ],
    cPrograms: [
      {
        program: "pinns",
        sources: ["pinns/src/pinns.c", "pinns/src/sysctl.c"],
        flags: ["-std=c99", "-O3", "-static", "-s"],
      },
    ],
    systemPackages: [...compiler, ...seccomp, { file: "/usr/include/btrfs/ioctl.h", package: "libbtrfs-dev" }],
  };
}

const kubernetesPrograms = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubelet",
  "kube-proxy",
  "kubectl",
] as const;

/** hack/lib/golang.sh and hack/lib/version.sh of Kubernetes, whose releases are single programs, static and without symbols. */
function kubernetes(name: (typeof kubernetesPrograms)[number]): ReleaseRecipe {
  const module = "k8s.io/kubernetes";
  const version = pinned("kubernetes", module);
  const [major, minor] = version.split(".");
  const variables = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor, gitTreeState: "archive" };
  const stamp = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].flatMap((path) =>
    Object.entries(variables).map(([variable, value]) => `-X ${path}.${variable}=${value}`),
  );
  return {
    ...{ name, version, module, moduleDirectory: join(modules, "kubernetes"), folder: "" },
    programs: [
      {
        ...{ packages: [`cmd/${name}`], program: name, cgo: false },
        tags: ["selinux", "notest", "grpcnotrace"],
        linkerFlags: [strip, ...stamp].join(" "),
      },
    ],
    systemPackages: [],
  };
}

/** scripts/build_lib.sh of etcd. Its three programs are modules of their own. */
function etcd(): ReleaseRecipe {
  const module = "go.etcd.io/etcd/server/v3";
  const version = pinned("etcd", module);
  const program = (name: string, of: string) => ({
    ...{ module: `go.etcd.io/etcd/${of}/v3`, packages: [""], program: name, cgo: false, tags: [], linkerFlags: strip },
  });
  return {
    ...{ name: "etcd", version, module, moduleDirectory: join(modules, "etcd") },
    // As upstream's archive has it.
    folder: `etcd-v${version}-linux-${hostArchitecture().debian}/`,
    programs: [program("etcd", "server"), program("etcdctl", "etcdctl"), program("etcdutl", "etcdutl")],
    systemPackages: [],
  };
}

/** The Makefile of cri-tools. */
function crictl(): ReleaseRecipe {
  const module = "sigs.k8s.io/cri-tools";
  const version = pinned("cri-tools", module);
  const linkerFlags = `${strip} -X ${module}/pkg/version.Version=v${version}`;
  return {
    ...{ name: "crictl", version, module, moduleDirectory: join(modules, "cri-tools"), folder: "" },
    programs: [{ packages: ["cmd/crictl"], cgo: false, tags: [], linkerFlags }],
    systemPackages: [],
  };
}

/** CoreDNS' Makefile, and its Dockerfile, whose image is the program and certificates that only DNS over TLS needs. */
function coreDns(): ReleaseRecipe {
  const module = "github.com/coredns/coredns";
  const version = pinned("coredns", module);
  return {
    ...{ name: "coredns", version, module, moduleDirectory: join(modules, "coredns"), folder: "" },
    programs: [
      {
        ...{ packages: [""], program: "coredns", cgo: false, tags: ["grpcnotrace"] },
        linkerFlags: `${strip} -X ${module}/coremain.GitCommit=v${version}`,
      },
    ],
    image: { name: localImageName("coredns", version), config: { Entrypoint: ["/coredns"], WorkingDir: "/" } },
    systemPackages: [],
  };
}

/** The version that a go.mod of ours requires, without the v. */
function pinned(folder: string, module: string): string {
  const text = readFileSync(join(modules, folder, "go.mod"), "utf8");
  const version = text.split("\n").find((line) => line.startsWith(`require ${module} v`));
  if (version === undefined) throw new Error(`cli/artifacts/modules/${folder}/go.mod does not require ${module}`);
  return version.slice(`require ${module} v`.length);
}

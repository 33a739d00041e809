import { join } from "node:path";
import { compiler, modules, pinned, seccomp, strip, type Programs, type ReleaseRecipe } from "./recipe";

/**
 * containerd's Makefile with STATIC=1, so that it runs on any distribution: the daemon and ctr with cgo, which the btrfs
 * snapshotter needs, the shim without and without gRPC. An LTS line: 2.3 is maintained to April 2028.
 */
export function containerdRecipe(): ReleaseRecipe {
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
export function runcRecipe(): ReleaseRecipe {
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
export function cniPluginsRecipe(): ReleaseRecipe {
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
export function runscRecipe(): ReleaseRecipe {
  const linkerFlags = `${strip} -X ${gVisorModule}/runsc/version.version=${gVisorVersion()}`;
  return gVisor("runsc", { packages: ["runsc"], linkerFlags });
}

/** gVisor's shim (shim/BUILD). It tells the version of the containerd that it was made with, also in releases. */
export function runscShimRecipe(): ReleaseRecipe {
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
export function criDockerdRecipe(): ReleaseRecipe {
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
export function criORecipe(): ReleaseRecipe {
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

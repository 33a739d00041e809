import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ArtifactName } from "../../components/node/runtime/artifacts/lock";
import type { SystemPackage } from "../toolchain/systemPackages";

/** Programs that are linked in one call of `go build`. */
export interface Programs {
  /** Main packages below the module. */
  readonly packages: readonly string[];
  /** Whether C takes part. */
  readonly cgo: boolean;
  readonly tags: readonly string[];
  readonly linkerFlags: string;
  readonly flags?: readonly string[];
}

/** How a release is built from Go modules, as its project builds it. */
export interface Recipe {
  readonly name: ArtifactName;
  readonly version: string;
  /** Folder with the go.mod and go.sum that pin it. */
  readonly moduleDirectory: string;
  readonly module: string;
  readonly programs: readonly Programs[];
  /** Folder of the programs in the archive, with a slash at its end. */
  readonly folder: string;
}

const modules = join(__dirname, "modules");
/** Same bytes from the same sources: no symbols, no debug data, no build id. */
const strip = "-s -w -buildid=";

/** Everything that is built, in the order in which it is. */
export function recipes(): Recipe[] {
  return [containerd(), runc(), cniPlugins()];
}

/**
 * containerd's Makefile with STATIC=1, so that it runs on any distribution: the daemon and ctr with cgo, which the btrfs
 * snapshotter needs, the shim without and without gRPC. An LTS line: 2.3 is maintained to April 2028.
 */
function containerd(): Recipe {
  const module = "github.com/containerd/containerd/v2";
  const version = pinned("containerd", module);
  const tags = ["urfave_cli_no_docs", "osusergo", "netgo", "static_build"];
  const linkerFlags = `${strip} -X ${module}/version.Version=v${version} -X ${module}/version.Package=${module} -extldflags -static`;
  return {
    ...{ name: "containerd", version, module, moduleDirectory: join(modules, "containerd"), folder: "bin/" },
    programs: [
      { packages: ["cmd/containerd", "cmd/ctr"], cgo: true, tags, linkerFlags },
      { packages: ["cmd/containerd-shim-runc-v2"], cgo: false, tags: [...tags, "no_grpc"], linkerFlags },
    ],
  };
}

/** runc's Makefile, target static: a position-independent static program with libseccomp in it. */
function runc(): Recipe {
  const module = "github.com/opencontainers/runc";
  return {
    ...{ name: "runc", module, version: pinned("runc", module), moduleDirectory: join(modules, "runc"), folder: "" },
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
function cniPlugins(): Recipe {
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
    programs: [{ packages, cgo: false, tags: [], linkerFlags }],
  };
}

/** The version that a go.mod of ours requires, without the v. */
function pinned(folder: string, module: string): string {
  const text = readFileSync(join(modules, folder, "go.mod"), "utf8");
  const version = text.split("\n").find((line) => line.startsWith(`require ${module} v`));
  if (version === undefined) throw new Error(`cli/artifacts/modules/${folder}/go.mod does not require ${module}`);
  return version.slice(`require ${module} v`.length);
}

/** What C programs are built with: a compiler, the C library and libseccomp as static libraries. */
export const buildPackages: readonly SystemPackage[] = [
  { command: "gcc", package: "gcc" },
  { file: "/usr/include/stdlib.h", package: "libc6-dev" },
  { command: "pkg-config", package: "pkg-config" },
  { file: "/usr/include/seccomp.h", package: "libseccomp-dev" },
];

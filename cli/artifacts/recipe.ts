import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { NamedImage } from "../../cloud/images/imageArchive";
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

/** Packages for building static C programs. */
export const compiler: readonly SystemPackage[] = [
  { command: "gcc", package: "gcc" },
  { file: "/usr/include/stdlib.h", package: "libc6-dev" },
];
export const seccomp: readonly SystemPackage[] = [
  { command: "pkg-config", package: "pkg-config" },
  { file: "/usr/include/seccomp.h", package: "libseccomp-dev" },
];
/** Folder with a go.mod and a go.sum for each module. */
export const modules = join(__dirname, "modules");
/** Same bytes from the same sources: no symbols, no debug data, no build id. */
export const strip = "-s -w -buildid=";

/** The version that a go.mod of ours requires, without the v. */
export function pinned(folder: string, module: string): string {
  const text = readFileSync(join(modules, folder, "go.mod"), "utf8");
  const version = text.split("\n").find((line) => line.startsWith(`require ${module} v`));
  if (version === undefined) throw new Error(`cli/artifacts/modules/${folder}/go.mod does not require ${module}`);
  return version.slice(`require ${module} v`.length);
}

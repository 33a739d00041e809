import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { HostArchitecture } from "../packages";
import { asSeenFromGuest, sourcesList, type AptSettings } from "./aptSettings";
import { labImageArchive, nginxImageArchive } from "./labImage";
import type { TarEntry } from "./tar";

/** Debian release of the base disk: 13. */
export const debianRelease = "trixie";

/** Size of the base disk in GiB, which is the smallest that a machine's disk can be; the file is sparse. */
export const baseDiskGiB = 2;

/** Where apt has the options of this computer, on the disk and while it is built. */
export const aptOptionsFile = "etc/apt/apt.conf.d/80hardway";

/** Everything that decides what is on the base disk. The same recipe gives the same disk, but for newer versions of packages. */
export interface Recipe {
  readonly architecture: HostArchitecture;
  /** What mmdebstrap is told, but for places and packages. */
  readonly options: readonly string[];
  readonly packages: readonly string[];
  /** Lines of apt's sources.list while building; empty means mmdebstrap's own default. */
  readonly sources: readonly string[];
  /** `customize.sh`, which runs last in the build, and what it uses; by file name. */
  readonly scripts: Readonly<Record<string, string>>;
  /** Digest of the images' archives, but for the programs in them, which are packages'. */
  readonly images: string;
  /** Files that are laid over the packages' own. */
  readonly overlay: readonly TarEntry[];
  /** Files that are there only while building. */
  readonly buildFiles: readonly TarEntry[];
  /** Files that are there only afterwards. */
  readonly guestFiles: readonly TarEntry[];
}

/** The recipe of this version of hardway for this computer's architecture and mirror. */
export function baseDiskRecipe(architecture: HostArchitecture, apt: AptSettings): Recipe {
  const sources = sourcesList(apt, debianRelease);
  return {
    architecture,
    // Machines start with the package lists of the build: fetching and reading them takes each machine long without KVM.
    options: ["--variant=minbase", "--skip=cleanup/apt"],
    packages: packages(architecture),
    sources,
    scripts: Object.fromEntries(
      ["customize.sh", "initrd.sh", "nginx.sh"].map((name) => [name, readFileSync(path.join(__dirname, name), "utf8")]),
    ),
    images: createHash("sha256")
      .update(labImageArchive(Buffer.alloc(0), architecture.debian))
      .update(nginxImageArchive(Buffer.alloc(0), Buffer.alloc(0), architecture.debian))
      .digest("hex"),
    overlay: overlay(path.join(__dirname, "overlay")),
    // A proxy's address can hold a password, and the folder of the build is not private.
    buildFiles: lines(aptOptionsFile, apt.options, 0o600),
    guestFiles: [...guestLines("etc/apt/sources.list", sources), ...guestLines(aptOptionsFile, apt.options)],
  };
}

/** Names a recipe by its content, so that a disk in the cache is never taken for another's. */
export function recipeHash(recipe: Recipe): string {
  return createHash("sha256").update(JSON.stringify(recipe)).digest("hex").slice(0, 16);
}

function packages(architecture: HostArchitecture): string[] {
  return [
    // The generic kernel: the cloud one lacks btrfs, dm-thin-pool and zram, which other snapshotters and tests need.
    `linux-image-${architecture.debian}`,
    // The kernel's package wants some maker of RAM disks; ours is made by customize.sh. This one takes no time at later installations.
    "tiny-initramfs",
    "xz-utils",
    "systemd-sysv",
    "udev",
    "dbus",
    "kmod",
    "openssh-server",
    "sudo",
    "iproute2",
    "iputils-ping",
    "procps",
    "ca-certificates",
    // Steps that download anything need the one and kube-proxy's the other; to install one takes an emulated machine half a minute.
    "curl",
    "conntrack",
    // As on Debian's cloud images: without its parser, container runtimes run everything without their default profile.
    "apparmor",
    // Sysctl defaults of Debian's systemd, among them ping without privileges.
    "linux-sysctl-defaults",
    // Goes into the lab's image and is taken off the disk again (customize.sh).
    "busybox-static",
  ];
}

function overlay(folder: string): TarEntry[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name): TarEntry => {
      const file = path.join(folder, name);
      if (statSync(file).isDirectory()) return { kind: "directory", path: name, mode: 0o755 };
      // sudo refuses rules that anyone may read or write (sudoers(5)); the rest is public.
      const mode = name.startsWith("etc/sudoers.d/") ? 0o440 : 0o644;
      return { kind: "file", path: name, mode, content: readFileSync(file) };
    });
}

/** A file that machines have; one with a password in an address is for root alone, and apt goes on without it for others. */
function guestLines(file: string, content: readonly string[]): TarEntry[] {
  const hasPassword = content.some((line) => /:\/\/[^/\s"]*@/.test(line));
  return lines(file, content.map(asSeenFromGuest), hasPassword ? 0o600 : 0o644);
}

/** Whether the disk has something that this computer's other users must not read. */
export function holdsSecrets({ guestFiles }: Recipe): boolean {
  return guestFiles.some((entry) => entry.kind === "file" && entry.mode === 0o600);
}

/** A file of these lines, or none where there are none. */
function lines(file: string, content: readonly string[], mode = 0o644): TarEntry[] {
  return content.length === 0
    ? []
    : [{ kind: "file", path: file, mode, content: Buffer.from(`${content.join("\n")}\n`) }];
}

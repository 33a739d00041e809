/** A command of the system that the embedded lab runs, and where Debian and its derivatives have it. */
interface SystemCommand {
  /** Name as looked up on PATH. */
  readonly command: string;
  /** Debian package that brings it. */
  readonly package: string;
  /** What the lab needs it for, for messages to a person. */
  readonly purpose: string;
}

/** A file that has to exist but is no command. */
interface SystemFile {
  readonly file: string;
  readonly package: string;
  readonly purpose: string;
}

/** What a kind of computer is called in the places that we need. */
export interface HostArchitecture {
  readonly debian: "amd64" | "arm64";
  /** QEMU's command. */
  readonly qemu: string;
  readonly qemuPackage: string;
}

/** The architectures for which Debian has a generic kernel and QEMU a machine that we know how to start. */
export const architectures: Readonly<Record<string, HostArchitecture>> = {
  x64: { debian: "amd64", qemu: "qemu-system-x86_64", qemuPackage: "qemu-system-x86" },
  arm64: { debian: "arm64", qemu: "qemu-system-aarch64", qemuPackage: "qemu-system-arm" },
};

/**
 * The architecture of this computer. Machines are of the same one: emulating another is slower still.
 * @throws when it is neither amd64 nor arm64.
 */
export function hostArchitecture(arch: string = process.arch): HostArchitecture {
  const found = architectures[arch];
  if (!found) {
    throw new Error(`The embedded lab runs on ${Object.keys(architectures).join(" and ")}; this computer is ${arch}.`);
  }
  return found;
}

/** Commands that have to be on PATH (or in /usr/sbin) before a lab can be built or booted. */
export function systemCommands(architecture: HostArchitecture = hostArchitecture()): readonly SystemCommand[] {
  return [
    { command: architecture.qemu, package: architecture.qemuPackage, purpose: "runs the machines" },
    { command: "qemu-img", package: "qemu-utils", purpose: "makes their disks" },
    { command: "mmdebstrap", package: "mmdebstrap", purpose: "builds the base disk" },
    { command: "newuidmap", package: "uidmap", purpose: "builds the base disk without root" },
    { command: "fakeroot", package: "fakeroot", purpose: "keeps root's files root's on the base disk" },
    { command: "mke2fs", package: "e2fsprogs", purpose: "writes the base disk" },
    { command: "tar", package: "tar", purpose: "unpacks the root file system" },
    { command: "ssh", package: "openssh-client", purpose: "logs in to a machine" },
  ];
}

/** Files that have to exist before the base disk can be built. */
export const systemFiles: readonly SystemFile[] = [
  {
    file: "/usr/share/keyrings/debian-archive-keyring.gpg",
    package: "debian-archive-keyring",
    purpose: "checks the signatures of Debian's packages",
  },
];

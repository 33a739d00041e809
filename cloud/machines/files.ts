import { randomBytes } from "node:crypto";
import { open, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";

/** Longest path of a Unix socket in bytes: sun_path has 108 with its terminating zero (unix(7)). */
const maxSocketPath = 107;

/** Files and sockets of one machine; absolute paths. */
export function machineFiles(folder: string) {
  const file = (name: string): string => path.join(folder, name);
  return {
    folder,
    disk: file("disk.qcow2"),
    /** A disk besides the root, by its name. */
    dataDisk: (name: string) => file(`${name}.qcow2`),
    /** Which process QEMU is. */
    pid: file("pid"),
    /** QEMU's own, which it removes when it ends in order. */
    qemuPid: file("qemu.pid"),
    qmp: file("qmp.sock"),
    console: file("console.sock"),
    consoleLog: file("console.log"),
    /** Socket on which QEMU waits for the fabric. */
    vpc: file("vpc.sock"),
    /** Sockets on which QEMU gives what the machine sends into the user network, and takes what may go there. */
    guestOut: file("out.sock"),
    guestIn: file("in.sock"),
    /** What QEMU itself has to say. */
    log: file("qemu.log"),
    /** Folder with one file per credential. */
    credentials: file("credentials"),
  };
}

export type MachineFiles = Readonly<ReturnType<typeof machineFiles>>;

/** @throws when one of these Unix sockets would have a path that the kernel does not take. */
export function checkSocketPaths(sockets: readonly string[]): void {
  for (const socket of sockets) {
    const excess = Buffer.byteLength(socket) - maxSocketPath;
    if (excess <= 0) continue;
    throw new Error(
      `The path of a Unix socket may have ${maxSocketPath} bytes; ${socket} has ${excess} too many. ` +
        `Use a shorter state directory (HARDWAY_STATE_DIR).`,
    );
  }
}

/**
 * Writes a file whole or not at all, for its owner only, and keeps it over a crash of the computer: its content and its name in
 * the folder are on disk.
 */
export async function writeFileAtomically(file: string, content: string | Buffer): Promise<void> {
  const temporary = `${file}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    const handle = await open(temporary, "wx", 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  const folder = await open(path.dirname(file), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Removes what `writeFileAtomically` left beside `file` in a process that was killed. For who alone writes it, before the first write. */
export async function removeTemporaryFiles(file: string): Promise<void> {
  const folder = path.dirname(file);
  const prefix = `${path.basename(file)}.`;
  for (const name of await readdir(folder)) {
    if (name.startsWith(prefix) && /^[0-9a-f]{8}\.tmp$/.test(name.slice(prefix.length))) {
      await rm(path.join(folder, name), { force: true });
    }
  }
}

import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import path from "node:path";
import type { MachineFiles } from "./qemuArguments";

/** Longest path of a Unix socket in bytes: sun_path has 108 with its terminating zero (unix(7)). */
const maxSocketPath = 107;

/** Paths of a lab's state. In one place, so that boot, status and destroy agree. */
export interface LabFiles {
  readonly directory: string;
  readonly state: string;
  readonly lock: string;
  readonly userKey: string;
  readonly machines: string;
  readonly fabric: { readonly pid: string; readonly log: string; readonly config: string; readonly control: string };
}

export function labFiles(directory: string): LabFiles {
  const file = (name: string): string => path.join(directory, name);
  return {
    directory,
    state: file("machines.json"),
    lock: file("machines.lock"),
    userKey: file("id_ed25519"),
    machines: file("machines"),
    fabric: {
      pid: file("fabric.pid"),
      log: file("fabric.log"),
      config: file("fabric.json"),
      control: file("fabric.sock"),
    },
  };
}

export function machineFolder(lab: LabFiles, name: string): string {
  return path.join(lab.machines, name);
}

export function machineFiles(lab: LabFiles, name: string): MachineFiles {
  const file = (base: string): string => path.join(machineFolder(lab, name), base);
  return {
    disk: file("disk.qcow2"),
    pid: file("pid"),
    qmp: file("qmp.sock"),
    console: file("console.sock"),
    consoleLog: file("console.log"),
    lab: file("lab.sock"),
    log: file("qemu.log"),
    hostKey: file("host_key"),
    credentials: file("credentials"),
    ready: file("ready"),
  };
}

/** @throws when a socket of the lab would have a path that the kernel does not take. */
export function checkSocketPaths(lab: LabFiles, names: readonly string[]): void {
  const sockets = [lab.fabric.control, ...names.map((name) => machineFiles(lab, name).console)];
  const longest = sockets.reduce((a, b) => (Buffer.byteLength(b) > Buffer.byteLength(a) ? b : a));
  const excess = Buffer.byteLength(longest) - maxSocketPath;
  if (excess > 0) {
    throw new Error(
      `The path of a Unix socket may have ${maxSocketPath} bytes; ${longest} has ${excess} too many. ` +
        `Use a shorter state directory (HARDWAY_STATE_DIR) or shorter names.`,
    );
  }
}

/** Writes a file whole or not at all, for its owner only, and keeps it over a crash of the computer. */
export async function writeFileAtomically(file: string, content: string): Promise<void> {
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
}

import { existsSync, realpathSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { HostArchitecture } from "../packages";
import { run } from "../run";
import type { Acceleration } from "./acceleration";
import { machineFiles, type MachineFiles } from "./files";
import { portProblem } from "./ports";
import { commandLines, findProcess, killProcess, openFiles, userOf, waitForExit, type OwnProcess } from "./processes";
import { backingFile } from "./qcow2";
import { startQemu } from "./qemu";
import { folderOfQemu, qemuArguments } from "./qemuArguments";
import { QmpClient } from "./qmp";
import type { MachineSettings } from "./settings";

/** How long systemd gets to stop everything after the power button; without KVM it takes about ten seconds. */
const powerOffLimitMs = 60_000;
const quitLimitMs = 10_000;

/** One machine: the files in its folder, and its QEMU process if there is one. */
export class Machine {
  readonly files: MachineFiles;

  constructor(folder: string) {
    this.files = machineFiles(folder);
  }

  /** The QEMU process, if it runs, also where its pid file is lost or its folder was moved or removed. */
  find(): Promise<OwnProcess | undefined> {
    const { folder, disk, pid } = this.files;
    return findProcess(pid, (candidate, args) => {
      const own = folderOfQemu(args);
      if (own === undefined) return false;
      return own === folder || (existsSync(disk) && openFiles(candidate).includes(realpathSync(disk)));
    });
  }

  /** Starts QEMU on the machine's disk, which is made first where there is none. Gives false when it runs already. */
  async boot(
    settings: MachineSettings,
    architecture: HostArchitecture,
    { accelerator }: Acceleration,
  ): Promise<boolean> {
    if (await this.find()) return false;
    const { files } = this;
    const { name, base, credentials, dataDisks } = settings;
    await this.checkBootable(settings);
    await this.ensureDisks(settings);
    await this.writeCredentials(credentials);
    await this.removeSockets();
    const args = qemuArguments({
      ...settings,
      ...{ architecture, accelerator, files, kernel: base.kernel, initrd: base.initrd },
      dataDisks: dataDisks.map(({ name: serial }) => ({ serial, file: files.dataDisk(serial) })),
      credentials: Object.keys(credentials),
    });
    await startQemu(name, architecture.qemu, args, files);
    return true;
  }

  /** Presses the power button, and goes on to stronger means when that does not help in time. */
  async stop(): Promise<void> {
    const found = await this.find();
    if (found) {
      // A second press helps where the first came before systemd-logind did; a hanging QEMU answers neither.
      const ended =
        ((await this.command("system_powerdown")) && (await waitForExit(found, powerOffLimitMs / 2))) ||
        ((await this.command("system_powerdown")) && (await waitForExit(found, powerOffLimitMs / 2))) ||
        ((await this.command("quit")) && (await waitForExit(found, quitLimitMs)));
      if (!ended) await killProcess(() => this.find());
    }
    await this.removeSockets();
  }

  /** Ends QEMU at once. */
  async kill(): Promise<void> {
    await killProcess(() => this.find());
    await this.removeSockets();
  }

  /**
   * Ends QEMU at once and removes everything of the machine.
   * @throws when another process has one of its disks open.
   */
  async remove(): Promise<void> {
    await this.kill();
    const user = userOf(await this.disks());
    if (user) throw new Error(`${user.file} is not removed: ${user.process} has it open. End that first.`);
    await rm(this.files.folder, { recursive: true, force: true });
  }

  /** Why QEMU has ended without being asked to; undefined when the guest switched itself off. */
  async unexpectedEnd(): Promise<string | undefined> {
    const { log, qemuPid } = this.files;
    if (existsSync(qemuPid)) return `its QEMU was killed or has crashed, as when memory runs out (log: ${log})`;
    const signal = /terminating on signal .*/.exec(await readFile(log, "utf8").catch(() => ""))?.[0];
    return signal && `its QEMU was ended from outside: ${signal}`;
  }

  /** Its disks' files, without links. */
  private async disks(): Promise<string[]> {
    const { folder } = this.files;
    const names = await readdir(folder).catch(() => []);
    return names.filter((name) => name.endsWith(".qcow2")).map((name) => path.join(realpathSync(folder), name));
  }

  /** Whether QEMU runs the machine, or why it has stopped it, e.g. `io-error` when this computer's disk is full. */
  async runState(): Promise<string> {
    return ((await QmpClient.executeOnce(this.files.qmp, "query-status")) as { status: string }).status;
  }

  private async checkBootable({ name, base, ssh }: MachineSettings): Promise<void> {
    const missing = [base.disk, base.kernel, base.initrd].find((file) => !existsSync(file));
    if (missing)
      throw new Error(`${name}: ${missing}, which its disk is based on, is gone. Terminate it and make a new one.`);
    const taken = ssh && (await portProblem(ssh));
    if (taken) throw new Error(`${name}: ${taken}. Free it, or stop and start the instance to get another address.`);
  }

  private async command(name: "system_powerdown" | "quit"): Promise<boolean> {
    try {
      await QmpClient.executeOnce(this.files.qmp, name);
      return true;
    } catch {
      // It may have ended in the meantime; if not, the caller goes on to the next means.
      return false;
    }
  }

  private async ensureDisks({ base, diskGiB, dataDisks }: MachineSettings): Promise<void> {
    const { disk, dataDisk, folder } = this.files;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await ensureDisk(disk, diskGiB, ["-F", "raw", "-b", base.disk]);
    // The same base disk may lie elsewhere by now: what the disk says of it is only where it was.
    if ((await backingFile(disk)) !== base.disk)
      await run("qemu-img", ["rebase", "-q", "-u", "-f", "qcow2", "-F", "raw", "-b", base.disk, disk], {
        timeoutMs: 60_000,
      });
    for (const { name, sizeGiB } of dataDisks) await ensureDisk(dataDisk(name), sizeGiB, []);
  }

  /** Written at every boot, so that a newer version of hardway can tell machines more. */
  private async writeCredentials(credentials: MachineSettings["credentials"]): Promise<void> {
    const { credentials: folder } = this.files;
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { mode: 0o700 });
    for (const [name, content] of Object.entries(credentials)) {
      await writeFile(`${folder}/${name}`, content, { mode: 0o600 });
    }
  }

  private async removeSockets(): Promise<void> {
    const { pid, qemuPid, qmp, console, vpc, guestOut, guestIn } = this.files;
    await Promise.all([pid, qemuPid, qmp, console, vpc, guestOut, guestIn].map((file) => rm(file, { force: true })));
  }
}

/** Names of the folders in `directory` whose machines run, also of folders that are gone by now. */
export function runningMachines(directory: string): string[] {
  return commandLines().flatMap(({ args }) => {
    const folder = folderOfQemu(args);
    return folder !== undefined && path.dirname(folder) === directory ? [path.basename(folder)] : [];
  });
}

/** Makes a disk where there is none, whole or not at all. */
async function ensureDisk(file: string, sizeGiB: number, backing: readonly string[]): Promise<void> {
  if (existsSync(file)) return;
  const temporary = `${file}.new`;
  await rm(temporary, { force: true });
  await run("qemu-img", ["create", "-q", "-f", "qcow2", ...backing, temporary, `${sizeGiB}G`], { timeoutMs: 60_000 });
  await chmod(temporary, 0o600);
  await rename(temporary, file);
}

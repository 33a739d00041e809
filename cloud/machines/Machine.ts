import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { run } from "../run";
import type { BaseDisk } from "../images/baseDisk";
import { machineCredentials, machineUser } from "./credentials";
import { machineFiles, machineFolder, writeFileAtomically, type LabFiles } from "./files";
import { generateKeyPair, generateMachineId, macAddress } from "./identity";
import { sshEndpoint } from "./labIndex";
import type { MachineRecord } from "./labState";
import { findProcess, killProcess, waitForExit, type OwnProcess } from "./processes";
import { portProblem } from "./ports";
import { startQemu } from "./qemu";
import { qemuArguments, type MachineFiles } from "./qemuArguments";
import { QmpClient } from "./qmp";
import type { Acceleration } from "./acceleration";
import type { Architecture } from "../packages";
import type { MachineSpec, MachineSsh, MachineStatus } from "./types";

/** What all machines of a lab have in common. */
export interface MachineContext {
  readonly lab: LabFiles;
  /** N of the lab's loopback network 127.77.N.0/24. */
  readonly index: number;
  /** Public key of the lab's user. */
  readonly userKey: string;
}

/** How long systemd gets to stop everything after the power button; without KVM it takes about ten seconds. */
const powerOffLimitMs = 60_000;
const quitLimitMs = 10_000;

/** One machine of a lab: its files, and its QEMU process if there is one. */
export class Machine {
  readonly files: MachineFiles;

  constructor(
    private readonly context: MachineContext,
    readonly record: MachineRecord,
  ) {
    this.files = machineFiles(context.lab, record.spec.name);
  }

  /** Makes a new identity for a machine. What an earlier one of that name left is removed. */
  static async prepare(lab: LabFiles, spec: MachineSpec, base: BaseDisk): Promise<MachineRecord> {
    const folder = machineFolder(lab, spec.name);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const hostKey = generateKeyPair(spec.name);
    await writeFileAtomically(machineFiles(lab, spec.name).hostKey, hostKey.privateKey);
    const { disk, kernel, initrd } = base;
    return { spec, id: generateMachineId(), hostKey: hostKey.publicKey, base: { disk, kernel, initrd } };
  }

  get name(): string {
    return this.record.spec.name;
  }

  get labMac(): string {
    return macAddress(this.record.id, "lab");
  }

  get ssh(): MachineSsh {
    const { record, context } = this;
    return {
      ...sshEndpoint(context.index, record.spec.address),
      user: machineUser,
      privateKeyFile: context.lab.userKey,
      hostKey: record.hostKey,
    };
  }

  /** The QEMU process, if it runs. */
  find(): Promise<OwnProcess | undefined> {
    return findQemu(this.files);
  }

  async status(): Promise<MachineStatus> {
    const { name, record } = this;
    const found = await this.find();
    const state = found ? "running" : existsSync(this.files.disk) ? "stopped" : "missing";
    const process = found && { pid: found.pid, startedAt: found.startedAt.toISOString() };
    return { name, address: record.spec.address, state, ...process, ssh: this.ssh };
  }

  /** What keeps the machine from being booted; undefined when nothing does. */
  async bootProblem(): Promise<string | undefined> {
    const missing = Object.values(this.record.base).find((file) => !existsSync(file));
    if (missing)
      return `${this.name}: ${missing}, on which its disk builds, is gone. Make the lab anew (down, then up).`;
    if (!existsSync(this.files.hostKey))
      return `${this.name}: its host key ${this.files.hostKey} is gone. Make the lab anew.`;
    const taken = await portProblem(this.ssh);
    return taken && `${this.name}: ${taken}. Free it, or make the lab anew to get other addresses.`;
  }

  /** Starts QEMU on the machine's disk, which is made first where there is none. Gives false when it runs already. */
  async boot(architecture: Architecture, { accelerator }: Acceleration): Promise<boolean> {
    if (await this.find()) return false;
    const { record, files } = this;
    await this.ensureDisk();
    const credentials = await this.writeCredentials();
    await Promise.all(
      [files.pid, files.qmp, files.console, files.lab, files.ready].map((file) => rm(file, { force: true })),
    );
    const { spec, id, base } = record;
    const { memoryMiB, cores } = spec;
    const { host, port } = this.ssh;
    const { kernel, initrd } = base;
    await startQemu(
      this.name,
      architecture.qemu,
      qemuArguments({
        ...{
          architecture,
          accelerator,
          name: this.name,
          machineId: id,
          memoryMiB,
          cores,
          kernel,
          initrd,
          files,
          credentials,
        },
        ssh: { host, port },
      }),
      files,
    );
    return true;
  }

  /** Presses the power button, and goes on to stronger means when that does not help in time. */
  async stop(signal?: AbortSignal): Promise<void> {
    const find = (): Promise<OwnProcess | undefined> => this.find();
    if (await find()) {
      // A second press helps where the first came before systemd-logind did; a hanging QEMU answers neither.
      const ended =
        ((await this.command("system_powerdown")) && (await waitForExit(find, powerOffLimitMs / 2, signal))) ||
        ((await this.command("system_powerdown")) && (await waitForExit(find, powerOffLimitMs / 2, signal))) ||
        ((await this.command("quit")) && (await waitForExit(find, quitLimitMs, signal)));
      if (!ended) await killProcess(find);
    }
    await this.removeSockets();
  }

  /** Whether QEMU runs the machine, or why it has stopped it, e.g. `io-error` when this computer's disk is full. */
  async runState(): Promise<string> {
    const client = await QmpClient.connect(this.files.qmp);
    try {
      return ((await client.execute("query-status")) as { status: string }).status;
    } finally {
      client.close();
    }
  }

  private async command(name: "system_powerdown" | "quit"): Promise<boolean> {
    try {
      const client = await QmpClient.connect(this.files.qmp);
      try {
        await client.execute(name);
      } finally {
        client.close();
      }
      return true;
    } catch {
      // It may have ended in the meantime; if not, the caller goes on to the next means.
      return false;
    }
  }

  private async ensureDisk(): Promise<void> {
    const { disk } = this.files;
    if (existsSync(disk)) return;
    const temporary = `${disk}.new`;
    const { base, spec } = this.record;
    const args = ["create", "-q", "-f", "qcow2", "-F", "raw", "-b", base.disk, temporary, `${spec.diskGiB}G`];
    await rm(temporary, { force: true });
    await run("qemu-img", args, { timeoutMs: 60_000 });
    await chmod(temporary, 0o600);
    await rename(temporary, disk);
  }

  /** Written at every boot, so that a newer version of hardway can tell machines more. Gives their names. */
  private async writeCredentials(): Promise<string[]> {
    const { record, files, context } = this;
    const privateKey = await readFile(files.hostKey, "utf8");
    const credentials = machineCredentials({
      spec: record.spec,
      labMac: this.labMac,
      hostKey: { privateKey, publicKey: record.hostKey },
      authorizedKey: context.userKey,
    });
    await rm(files.credentials, { recursive: true, force: true });
    await mkdir(files.credentials, { mode: 0o700 });
    for (const [name, content] of Object.entries(credentials)) {
      await writeFile(`${files.credentials}/${name}`, content, { mode: 0o600 });
    }
    return Object.keys(credentials);
  }

  private async removeSockets(): Promise<void> {
    const { pid, qmp, console, lab, ready } = this.files;
    await Promise.all([pid, qmp, console, lab, ready].map((file) => rm(file, { force: true })));
  }
}

/** Ends a machine's QEMU at once and removes everything of the machine. */
export async function removeMachine(lab: LabFiles, name: string): Promise<void> {
  await killProcess(() => findQemu(machineFiles(lab, name)));
  await rm(machineFolder(lab, name), { recursive: true, force: true });
}

function findQemu({ pid }: MachineFiles): Promise<OwnProcess | undefined> {
  return findProcess(pid, pid);
}

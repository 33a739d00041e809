import { isDeepStrictEqual } from "node:util";
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rm, rmdir } from "node:fs/promises";
import { FabricProcess } from "../fabric/FabricProcess";
import { ensureBaseDisk } from "../images/baseDisk";
import { hostArchitecture } from "../packages";
import { findAcceleration } from "./acceleration";
import { checkSocketPaths, labFiles, machineFiles, writeFileAtomically, type LabFiles } from "./files";
import { generateKeyPair } from "./identity";
import { claimLabIndex, releaseLabIndex } from "./labIndex";
import { readLabState, writeLabState, type LabState, type MachineRecord } from "./labState";
import { LockedError, withLock } from "./lock";
import { Machine, removeMachine } from "./Machine";
import { waitUntilReady } from "./readiness";
import { specProblems } from "./specs";
import type { MachineSpec, MachineStatus, OnProgress } from "./types";

export interface LabMachinesOptions {
  /** The lab's own folder; everything in it that this class made goes away with `destroy`. */
  readonly directory: string;
  /** Shared by all labs of a user: base disks, and who has which loopback network. */
  readonly cacheDirectory: string;
}

export interface RunOptions {
  readonly onProgress?: OnProgress;
  /** Stops the waiting. Machines that are booting go on, and the next call continues. */
  readonly signal?: AbortSignal;
}

export interface UpResult {
  /** False when everything was as it should be already. */
  readonly changed: boolean;
  readonly machines: MachineStatus[];
  /** How machines run and why, one line. */
  readonly acceleration: string;
}

/** How long to wait for another command on the same lab. Longer than a lock of a killed command lasts. */
const lockWaitMs = 30_000;

/** The virtual machines of one lab and the network between them. They survive the process that started them. */
export class LabMachines {
  private readonly files: LabFiles;
  private readonly fabric: FabricProcess;

  private constructor(private readonly options: LabMachinesOptions) {
    this.files = labFiles(options.directory);
    this.fabric = new FabricProcess(this.files.fabric);
  }

  /** Names a lab; nothing is read or made yet. */
  static open(options: LabMachinesOptions): LabMachines {
    return new LabMachines(options);
  }

  /**
   * Makes the lab what `specs` say: creates what is missing, boots what is stopped, removes what is not in the list, and waits until
   * every machine answers over SSH with its own host key and has finished booting.
   * @throws one error that lists every problem of the specs, before anything is created.
   */
  async up(specs: readonly MachineSpec[], options: RunOptions = {}): Promise<UpResult> {
    const problems = specProblems(specs);
    if (problems.length > 0)
      throw new Error(`These machines cannot be made:\n${problems.map((problem) => `- ${problem}`).join("\n")}`);
    checkSocketPaths(
      this.files,
      specs.map(({ name }) => name),
    );
    await mkdir(this.options.directory, { recursive: true, mode: 0o700 });
    await chmod(this.options.directory, 0o700);
    return this.locked(options, async () => {
      const state = await this.reconcile(specs, options);
      return this.boot(state.lab, state.changed, options);
    });
  }

  /**
   * Boots the machines that exist, after a stop or after this computer was restarted.
   * @throws when there is no lab.
   */
  async start(options: RunOptions = {}): Promise<MachineStatus[]> {
    await this.existing();
    return this.locked(options, async () => (await this.boot(await this.existing(), false, options)).machines);
  }

  /** Shuts the machines down, then the network. Disks stay. */
  async stop(options: RunOptions = {}): Promise<void> {
    if (!existsSync(this.files.state)) return;
    await this.locked(options, async () => {
      const lab = await this.existing();
      await settled(
        this.machines(lab).map(async (machine) => {
          if (await machine.find()) options.onProgress?.({ machine: machine.name, text: "shutting down" });
          await machine.stop(options.signal);
        }),
      );
      await this.fabric.stop();
    });
  }

  /** Ends the machines at once and removes everything that this class made in the lab's folder. */
  async destroy(options: RunOptions = {}): Promise<void> {
    if (!existsSync(this.options.directory)) return;
    await this.locked(options, async () => {
      const { fabric, machines, userKey, state } = this.files;
      // By their folders, so that a lab whose state cannot be read can be removed too.
      const names = await readdir(machines).catch(() => []);
      await settled(names.map((name) => removeMachine(this.files, name)));
      await this.fabric.stop();
      for (const file of [machines, fabric.log, fabric.config, userKey])
        await rm(file, { recursive: true, force: true });
      const lab = await readLabState(state).catch(() => undefined);
      if (lab) await releaseLabIndex(this.options.cacheDirectory, this.options.directory, lab.index);
      // Last, so that a destroy that was interrupted can be repeated.
      await rm(state, { force: true });
    });
    // Other parts of hardway keep files here too.
    if ((await readdir(this.options.directory)).length === 0) await rmdir(this.options.directory);
  }

  /** What is true now: a machine runs when its own process does. */
  async status(): Promise<MachineStatus[]> {
    const lab = await readLabState(this.files.state);
    return Promise.all((lab ? this.machines(lab) : []).map((machine) => machine.status()));
  }

  /** Unix socket of a machine's serial console, on which root is logged in. */
  consoleSocket(name: string): string {
    return machineFiles(this.files, name).console;
  }

  /** Brings the state to what the specs say; nothing is booted. */
  private async reconcile(
    specs: readonly MachineSpec[],
    options: RunOptions,
  ): Promise<{ lab: LabState; changed: boolean }> {
    const { onProgress, signal } = options;
    let changed = false;
    let lab = (await readLabState(this.files.state)) ?? (await this.create(specs));
    const save = async (machines: MachineRecord[]): Promise<void> => {
      lab = { ...lab, machines };
      changed = true;
      await writeLabState(this.files.state, lab);
    };

    for (const machine of this.machines(lab)) {
      if (specs.some(({ name }) => name === machine.name)) continue;
      onProgress?.({ machine: machine.name, text: "removing" });
      await removeMachine(this.files, machine.name);
      await save(lab.machines.filter(({ spec }) => spec.name !== machine.name));
    }
    for (const spec of specs) {
      const known = lab.machines.find((record) => record.spec.name === spec.name);
      if (!known) {
        const base = await ensureBaseDisk({
          cacheDirectory: this.options.cacheDirectory,
          ...(onProgress && { onProgress }),
          ...(signal && { signal }),
        });
        await save([...lab.machines, await Machine.prepare(this.files, spec, base)]);
      } else if (!isDeepStrictEqual(known.spec, spec)) {
        const text = changeNote(known.spec, spec, (await this.machine(lab, known).find()) !== undefined);
        onProgress?.({ machine: spec.name, text });
        // Everything else waits for the next boot; an address is where we look for the machine from now on.
        if (known.spec.address !== spec.address || known.spec.prefixLength !== spec.prefixLength) {
          await this.machine(lab, known).stop(signal);
        }
        // A disk is as large as it was made.
        const kept = { ...spec, diskGiB: known.spec.diskGiB };
        if (!isDeepStrictEqual(known.spec, kept))
          await save(lab.machines.map((record) => (record === known ? { ...record, spec: kept } : record)));
      }
    }
    return { lab, changed };
  }

  private async create(specs: readonly MachineSpec[]): Promise<LabState> {
    const { directory, cacheDirectory } = this.options;
    const addresses = specs.map(({ address }) => address);
    const index = await claimLabIndex(cacheDirectory, directory, addresses);
    const key = generateKeyPair("hardway lab");
    await writeFileAtomically(this.files.userKey, key.privateKey);
    const lab: LabState = { version: 1, index, userKey: key.publicKey, machines: [] };
    await writeLabState(this.files.state, lab);
    return lab;
  }

  /** Boots what does not run and waits for all. */
  private async boot(lab: LabState, alreadyChanged: boolean, options: RunOptions): Promise<UpResult> {
    const { onProgress, signal } = options;
    const architecture = hostArchitecture();
    const machines = this.machines(lab);
    const acceleration = await findAcceleration(architecture, this.options.cacheDirectory);
    const running = await Promise.all(machines.map((machine) => machine.find()));
    const stopped = machines.filter((_, position) => !running[position]);
    const problems = (await Promise.all(stopped.map((machine) => machine.bootProblem()))).filter(
      (problem) => problem !== undefined,
    );
    if (problems.length > 0)
      throw new Error(`The lab cannot be started:\n${problems.map((problem) => `- ${problem}`).join("\n")}`);
    if (stopped.length > 0) onProgress?.({ text: acceleration.reason });

    const ports = machines.map(({ name, labMac, record, files }) => ({
      ...{ name, mac: labMac, address: record.spec.address, socket: files.lab },
    }));
    const fabricChanged = await this.fabric.ensure({ ports });
    signal?.throwIfAborted();
    await settled(stopped.map((machine) => machine.boot(architecture, acceleration)));
    const privateKey = await readFile(this.files.userKey, "utf8");
    await settled(machines.map((machine) => waitUntilReady(machine, { privateKey, onProgress, signal })));
    return {
      changed: alreadyChanged || fabricChanged || stopped.length > 0,
      machines: await Promise.all(machines.map((machine) => machine.status())),
      acceleration: acceleration.reason,
    };
  }

  private machines(lab: LabState): Machine[] {
    return lab.machines.map((record) => this.machine(lab, record));
  }

  private machine(lab: LabState, record: MachineRecord): Machine {
    return new Machine({ lab: this.files, index: lab.index, userKey: lab.userKey }, record);
  }

  private async existing(): Promise<LabState> {
    const lab = await readLabState(this.files.state);
    if (!lab) throw new Error(`There is no lab in ${this.options.directory}; "hardway up" makes one.`);
    return lab;
  }

  private async locked<T>({ onProgress, signal }: RunOptions, body: () => Promise<T>): Promise<T> {
    const onWait = (): void => onProgress?.({ text: "waiting for another command on this lab" });
    try {
      return await withLock(this.files.lock, { waitMs: lockWaitMs, onWait, ...(signal && { signal }) }, body);
    } catch (error) {
      if (!(error instanceof LockedError)) throw error;
      throw new Error(
        `Another hardway command is at work on the lab in ${this.options.directory}; try again when it is done.`,
        { cause: error },
      );
    }
  }
}

function changeNote(before: MachineSpec, after: MachineSpec, running: boolean): string {
  const keys = (Object.keys(after) as (keyof MachineSpec)[]).filter((key) => before[key] !== after[key]);
  const changes = keys.map(
    (key) =>
      `${key} ${before[key]} -> ${after[key]}${key === "diskGiB" ? " (not applied: a disk keeps its size)" : ""}`,
  );
  return `${changes.join(", ")}${running ? "; takes effect at its next boot (stop, then start)" : ""}`;
}

/** Waits for all, so that nothing goes on unseen, then fails with every error. */
async function settled(work: readonly Promise<unknown>[]): Promise<void> {
  const errors = (await Promise.allSettled(work)).flatMap((result) =>
    result.status === "rejected" ? [result.reason as unknown] : [],
  );
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) {
    const messages = [...new Set(errors.map((error) => (error instanceof Error ? error.message : String(error))))];
    throw new AggregateError(errors, messages.join("\n"));
  }
}

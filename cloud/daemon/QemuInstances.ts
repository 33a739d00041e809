import { existsSync } from "node:fs";
import { mkdir, readFile, rename } from "node:fs/promises";
import path from "node:path";
import type { DriverImage, InstanceDriver, InstanceLaunch } from "../api/core/driver";
import type { Acceleration } from "../machines/acceleration";
import { checkSocketPaths } from "../machines/files";
import type { GuestFilter } from "../machines/guestFilter";
import { Machine, runningMachines } from "../machines/Machine";
import type { MachineSettings } from "../machines/settings";
import type { Endpoint } from "../machines/ports";
import type { OwnProcess } from "../machines/processes";
import { waitUntilReady } from "../machines/readiness";
import type { HostArchitecture } from "../packages";
import { machineCredentials } from "./guest";
import { GuestGuard } from "./GuestGuard";
import { diskName, InstanceFolders, isInstanceId, type Identity, type InstanceFoldersOptions } from "./InstanceFolders";
import { PublicAddressClaims, sshPort } from "./publicAddress";
import { parseUserData, type FirstBoot, type HostKey } from "./userData";

export interface QemuInstancesOptions extends InstanceFoldersOptions {
  readonly architecture: HostArchitecture;
  readonly acceleration: Acceleration;
  readonly images: readonly DriverImage[];
  /** Lets what machines may reach of this computer pass. */
  readonly filter: GuestFilter;
  readonly log: (line: string) => void;
}

/** How often it is looked whether the machines still run. */
const watchIntervalMs = 1_000;

/** The machines of the embedded EC2 are QEMU processes. They survive this one. */
export class QemuInstances implements InstanceDriver {
  private readonly exitListeners: ((instanceId: string, problem?: string) => void)[] = [];
  /** Machines that run as far as we know; one that ends while it is in here ended by itself. */
  private readonly watched = new Set<string>();
  private readonly claims = new PublicAddressClaims();
  private readonly folders: InstanceFolders;
  private readonly guard: GuestGuard;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly options: QemuInstancesOptions) {
    this.folders = new InstanceFolders(options);
    this.guard = new GuestGuard(options.filter);
    const { qmp, console, vpc, guestOut, guestIn } = this.folders.files("i-00000000000000000");
    checkSocketPaths([qmp, console, vpc, guestOut, guestIn]);
    this.timer = setInterval(() => void this.watch(), watchIntervalMs);
  }

  close(): void {
    clearInterval(this.timer);
    this.claims.close();
    this.guard.close();
  }

  images(): readonly DriverImage[] {
    return this.options.images;
  }

  /** The address that the instance had before where that is free; no other instance gets it as long as it exists. */
  async claimPublicAddress(
    { instanceId, privateAddress }: { instanceId?: string; privateAddress: string },
    taken: ReadonlySet<string>,
  ): Promise<string> {
    const had = instanceId === undefined ? undefined : await this.folders.address(instanceId);
    const others = (await this.folders.ids()).filter((id) => id !== instanceId);
    const kept = (await Promise.all(others.map((id) => this.folders.address(id)))).filter((one) => one !== undefined);
    return this.claims.claim(privateAddress, new Set([...taken, ...kept]), had);
  }

  /**
   * Takes over what an earlier daemon has left. A machine that no instance of `known` says that it may run belongs to nobody: it is
   * shut down, and where there is no such instance at all, its folder is put aside.
   */
  async takeOver(known: readonly { id: string; state: string }[]): Promise<void> {
    const { log, instances: directory, lost } = this.options;
    for (const problem of await this.folders.adopt()) log(problem);
    await this.folders.sweep();
    const states = new Map(known.map(({ id, state }) => [id, state]));
    const ids = new Set([...(await this.folders.ids()), ...runningMachines(directory).filter(isInstanceId)]);
    await Promise.all(
      [...ids].map(async (id) => {
        const state = states.get(id) ?? "terminated";
        if (!["stopped", "terminated"].includes(state)) return;
        const machine = this.machine(id);
        const found = await machine.find();
        if (found) {
          log(
            `${id}: is ${state}, or belongs to no instance, and its machine runs (process ${found.pid}): shutting it down`,
          );
          await machine.stop();
        }
        if (state === "stopped" || !existsSync(machine.files.folder)) return;
        await mkdir(lost, { recursive: true, mode: 0o700 });
        const aside = path.join(lost, `${id}.${Date.now()}`);
        await rename(machine.files.folder, aside);
        log(`${id}: belongs to no instance; its disks are kept in ${aside} until you remove that`);
      }),
    );
  }

  async start(launch: InstanceLaunch, signal: AbortSignal): Promise<void> {
    const { instanceId, publicAddress } = launch;
    const { architecture, acceleration, log } = this.options;
    const machine = this.machine(instanceId);
    const ssh = publicAddress === undefined ? undefined : { host: publicAddress, port: sshPort };
    const began = Date.now();
    if (publicAddress !== undefined) await this.claims.hold(publicAddress);
    try {
      const settings = await this.settings(launch, ssh);
      if (publicAddress !== undefined) await this.folders.rememberAddress(instanceId, publicAddress);
      this.guard.attach(machine.files);
      if (await machine.boot(settings, architecture, acceleration)) log(`${instanceId}: booting`);
    } finally {
      if (publicAddress !== undefined) this.claims.release(publicAddress);
    }
    try {
      await waitUntilReady(machine, { name: instanceId, signal, ...(ssh && { ssh }) });
    } catch (error) {
      if (!signal.aborted) await machine.kill();
      throw error;
    }
    this.watched.add(instanceId);
    log(`${instanceId}: answers after ${Math.round((Date.now() - began) / 1000)} s`);
  }

  async stop(instanceId: string, { force }: { force: boolean }): Promise<void> {
    this.watched.delete(instanceId);
    const machine = this.machine(instanceId);
    await (force ? machine.kill() : machine.stop());
    this.guard.detach(machine.files);
    this.options.log(`${instanceId}: stopped`);
  }

  async reboot(launch: InstanceLaunch, signal: AbortSignal): Promise<void> {
    // Held while no machine listens there.
    if (launch.publicAddress !== undefined) await this.claims.hold(launch.publicAddress);
    await this.stop(launch.instanceId, { force: false });
    await this.start(launch, signal);
  }

  async terminate(instanceId: string): Promise<void> {
    this.watched.delete(instanceId);
    const machine = this.machine(instanceId);
    await machine.remove();
    this.guard.detach(machine.files);
    await this.folders.sweep();
    this.options.log(`${instanceId}: terminated`);
  }

  /** Its QEMU process, while it runs. */
  find(instanceId: string): Promise<OwnProcess | undefined> {
    return this.machine(instanceId).find();
  }

  async isRunning(instanceId: string): Promise<boolean> {
    const runs = (await this.find(instanceId)) !== undefined;
    // Asked after a restart of the daemon: from now on it is looked after again.
    if (runs) {
      this.watched.add(instanceId);
      await this.guard.adopt(this.folders.files(instanceId));
    }
    return runs;
  }

  /** The console's text, and below it the public host keys in the form in which cloud-init prints them there. */
  async consoleOutput(instanceId: string): Promise<string> {
    const { consoleLog } = this.machine(instanceId).files;
    const text = await readFile(consoleLog, "utf8").catch(() => "");
    const identity = await this.folders.identity(instanceId).catch(() => undefined);
    if (identity === undefined) return text;
    const keys = hostKeys(identity, parseUserData(identity.userData)).map(({ publicKey }) => publicKey);
    return [text, "-----BEGIN SSH HOST KEY KEYS-----", ...keys, "-----END SSH HOST KEY KEYS-----", ""].join("\n");
  }

  socket(instanceId: string): string {
    return this.folders.files(instanceId).vpc;
  }

  onExit(listener: (instanceId: string, problem?: string) => void): void {
    this.exitListeners.push(listener);
  }

  /** Unix socket of an instance's serial console, on which root is logged in. */
  consoleSocket(instanceId: string): string {
    return this.folders.files(instanceId).console;
  }

  private async watch(): Promise<void> {
    for (const instanceId of [...this.watched]) {
      const machine = this.machine(instanceId);
      if ((await machine.find()) !== undefined || !this.watched.delete(instanceId)) continue;
      this.guard.detach(machine.files);
      const problem = await machine.unexpectedEnd();
      for (const listener of this.exitListeners) listener(instanceId, problem);
    }
  }

  private async settings(launch: InstanceLaunch, ssh: Endpoint | undefined): Promise<MachineSettings> {
    const { identity, base } = await this.folders.open(launch);
    const firstBoot = parseUserData(identity.userData);
    for (const what of firstBoot.ignored) this.options.log(`${launch.instanceId}: ignored: ${what}`);
    const { instanceId, mac, memoryMiB, cores, diskGiB, dataDisks } = launch;
    return {
      name: instanceId,
      machineId: identity.machineId,
      ...{ mac, memoryMiB, cores, diskGiB },
      dataDisks: dataDisks.map(({ volumeId, sizeGiB }) => ({ name: diskName(volumeId), sizeGiB })),
      base,
      ...(ssh && { ssh }),
      guarded: true,
      credentials: machineCredentials({ launch, firstBoot, hostKeys: hostKeys(identity, firstBoot) }),
    };
  }

  private machine(instanceId: string): Machine {
    return new Machine(this.folders.files(instanceId).folder);
  }
}

function hostKeys({ hostKey }: Identity, firstBoot: FirstBoot): readonly HostKey[] {
  return firstBoot.hostKeys.length > 0 ? firstBoot.hostKeys : [{ type: "ed25519", ...hostKey }];
}

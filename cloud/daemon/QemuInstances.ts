import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import type { DriverImage, InstanceDriver, InstanceLaunch } from "../api/driver";
import type { BaseDisk } from "../images/baseDisk";
import type { Acceleration } from "../machines/acceleration";
import { checkSocketPaths, machineFiles, writeFileAtomically } from "../machines/files";
import { generateKeyPair, generateMachineId } from "../machines/identity";
import { Machine, type MachineSettings } from "../machines/Machine";
import type { Endpoint } from "../machines/ports";
import type { OwnProcess } from "../machines/processes";
import { waitUntilReady } from "../machines/readiness";
import type { Architecture } from "../packages";
import { machineCredentials } from "./guest";
import { PublicAddressClaims, sshPort } from "./publicAddress";
import { parseUserData, type FirstBoot, type HostKey } from "./userData";

export interface QemuInstancesOptions {
  /** One folder an instance goes here. */
  readonly directory: string;
  readonly architecture: Architecture;
  readonly acceleration: Acceleration;
  /** What new instances are made from. */
  readonly base: BaseDisk;
  readonly images: readonly DriverImage[];
  readonly log: (line: string) => void;
}

/** What is made once for an instance, and what it was made from. */
const identitySchema = z.object({
  machineId: z.string(),
  base: z.object({ disk: z.string(), kernel: z.string(), initrd: z.string() }),
  /** User data counts at the first boot only. */
  userData: z.string(),
  /** Made here where the user data brings none. */
  hostKey: z.object({ privateKey: z.string(), publicKey: z.string() }),
});
type Identity = z.infer<typeof identitySchema>;

/** How often it is looked whether the machines still run. */
const watchIntervalMs = 1_000;

/** The machines of the embedded EC2 are QEMU processes. They survive this one. */
export class QemuInstances implements InstanceDriver {
  private readonly exitListeners: ((instanceId: string) => void)[] = [];
  /** Machines that run as far as we know; one that ends while it is in here ended by itself. */
  private readonly watched = new Set<string>();
  private readonly claims = new PublicAddressClaims();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly options: QemuInstancesOptions) {
    checkSocketPaths([this.socket("i-00000000000000000")]);
    this.timer = setInterval(() => void this.watch(), watchIntervalMs);
  }

  close(): void {
    clearInterval(this.timer);
    this.claims.close();
  }

  images(): readonly DriverImage[] {
    return this.options.images;
  }

  claimPublicAddress(wish: { vpcId: string; privateAddress: string }, taken: ReadonlySet<string>): Promise<string> {
    return this.claims.claim(wish.privateAddress, taken);
  }

  async start(launch: InstanceLaunch, signal: AbortSignal): Promise<void> {
    const { instanceId, publicAddress } = launch;
    const { architecture, acceleration, log } = this.options;
    const machine = this.machine(instanceId);
    const ssh = publicAddress === undefined ? undefined : { host: publicAddress, port: sshPort };
    const began = Date.now();
    if (publicAddress !== undefined) await this.claims.hold(publicAddress);
    try {
      if (await machine.boot(await this.settings(launch, ssh), architecture, acceleration))
        log(`${instanceId}: booting`);
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
    await this.machine(instanceId).remove();
    this.options.log(`${instanceId}: terminated`);
  }

  /** Its QEMU process, while it runs. */
  find(instanceId: string): Promise<OwnProcess | undefined> {
    return this.machine(instanceId).find();
  }

  async isRunning(instanceId: string): Promise<boolean> {
    const runs = (await this.find(instanceId)) !== undefined;
    // Asked after a restart of the daemon: from now on it is looked after again.
    if (runs) this.watched.add(instanceId);
    return runs;
  }

  /** The console's text, and below it the public host keys in the form in which cloud-init prints them there. */
  async consoleOutput(instanceId: string): Promise<string> {
    const { consoleLog } = this.machine(instanceId).files;
    const text = await readFile(consoleLog, "utf8").catch(() => "");
    const identity = await this.readIdentity(instanceId);
    if (identity === undefined) return text;
    const keys = hostKeys(identity, parseUserData(identity.userData)).map(({ publicKey }) => publicKey);
    return [text, "-----BEGIN SSH HOST KEY KEYS-----", ...keys, "-----END SSH HOST KEY KEYS-----", ""].join("\n");
  }

  socket(instanceId: string): string {
    return machineFiles(this.folder(instanceId)).vpc;
  }

  onExit(listener: (instanceId: string) => void): void {
    this.exitListeners.push(listener);
  }

  /** Unix socket of an instance's serial console, on which root is logged in. */
  consoleSocket(instanceId: string): string {
    return machineFiles(this.folder(instanceId)).console;
  }

  private async watch(): Promise<void> {
    for (const instanceId of [...this.watched]) {
      if ((await this.machine(instanceId).find()) !== undefined || !this.watched.delete(instanceId)) continue;
      for (const listener of this.exitListeners) listener(instanceId);
    }
  }

  private async settings(launch: InstanceLaunch, ssh: Endpoint | undefined): Promise<MachineSettings> {
    const identity = (await this.readIdentity(launch.instanceId)) ?? (await this.makeIdentity(launch));
    const firstBoot = parseUserData(identity.userData);
    for (const what of firstBoot.ignored) this.options.log(`${launch.instanceId}: ignored: ${what}`);
    const { instanceId, mac, memoryMiB, cores, diskGiB, dataDisks } = launch;
    return {
      name: instanceId,
      machineId: identity.machineId,
      ...{ mac, memoryMiB, cores, diskGiB },
      // As EBS volumes show themselves: vol0123456789abcdef0 (EBS user guide, "Map NVMe disks to volumes").
      dataDisks: dataDisks.map(({ volumeId, sizeGiB }) => ({ name: volumeId.replace("-", ""), sizeGiB })),
      base: identity.base,
      ...(ssh && { ssh }),
      credentials: machineCredentials({ launch, firstBoot, hostKeys: hostKeys(identity, firstBoot) }),
    };
  }

  private async makeIdentity({ instanceId, userData = "" }: InstanceLaunch): Promise<Identity> {
    const { disk, kernel, initrd } = this.options.base;
    const hostKey = generateKeyPair(instanceId);
    const identity: Identity = { machineId: generateMachineId(), base: { disk, kernel, initrd }, userData, hostKey };
    // What an instance left whose first start failed half-way.
    await rm(this.folder(instanceId), { recursive: true, force: true });
    await mkdir(this.folder(instanceId), { recursive: true, mode: 0o700 });
    await writeFileAtomically(this.identityFile(instanceId), JSON.stringify(identity));
    return identity;
  }

  private async readIdentity(instanceId: string): Promise<Identity | undefined> {
    const file = this.identityFile(instanceId);
    return existsSync(file) ? identitySchema.parse(JSON.parse(await readFile(file, "utf8"))) : undefined;
  }

  private machine(instanceId: string): Machine {
    return new Machine(this.folder(instanceId));
  }

  private folder(instanceId: string): string {
    // The API makes ids; a wrong one must not lead out of the directory.
    if (!/^i-[0-9a-f]{17}$/.test(instanceId)) throw new Error(`${instanceId} is no instance id`);
    return path.join(this.options.directory, instanceId);
  }

  private identityFile(instanceId: string): string {
    return path.join(this.folder(instanceId), "identity.json");
  }
}

function hostKeys({ hostKey }: Identity, firstBoot: FirstBoot): readonly HostKey[] {
  return firstBoot.hostKeys.length > 0 ? firstBoot.hostKeys : [{ type: "ed25519", ...hostKey }];
}

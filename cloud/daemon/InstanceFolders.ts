import { existsSync } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import type { InstanceLaunch } from "../api/core/driver";
import { contentOf, KeptBases, standsOn, type BaseFiles } from "../images/keptBases";
import { machineFiles, writeFileAtomically, type MachineFiles } from "../machines/files";
import { generateKeyPair, generateMachineId } from "../machines/identity";
import { backingFile } from "../machines/qcow2";

const keptBase = z.object({ content: z.string() });
/** As earlier versions wrote it: the disk in the cache. */
const cachedBase = z.object({ disk: z.string(), kernel: z.string(), initrd: z.string() });

/** What is made once for an instance, and what it was made from. */
const identitySchema = z.object({
  machineId: z.string(),
  base: z.union([keptBase, cachedBase]),
  /** User data counts at the first boot only. */
  userData: z.string(),
  /** Made here where the user data brings none. */
  hostKey: z.object({ privateKey: z.string(), publicKey: z.string() }),
});
export type Identity = z.infer<typeof identitySchema>;

export interface InstanceFoldersOptions {
  /** One folder an instance goes here. */
  readonly instances: string;
  /** Folders of instances that no state knows. */
  readonly lost: string;
  /** Base disks that machines stand on. */
  readonly bases: string;
  /** What new instances are made from. */
  readonly newBase: () => Promise<BaseFiles>;
}

/**
 * The instances' folders, and the base disks that their disks stand on. A machine that has run before is never begun anew in silence:
 * where a file of it is missing or damaged, or its base disk is another one, it does not boot, and the error says which file it is.
 */
export class InstanceFolders {
  private readonly bases: KeptBases;
  /** Keeping and removing base disks goes one after the other. */
  private queue: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: InstanceFoldersOptions) {
    this.bases = new KeptBases(options.bases);
  }

  /** @throws for what is no id: the API makes ids, and a wrong one must not lead out of the directory. */
  files(instanceId: string): MachineFiles {
    if (!isInstanceId(instanceId)) throw new Error(`${instanceId} is no instance id`);
    return machineFiles(path.join(this.options.instances, instanceId));
  }

  async ids(): Promise<string[]> {
    return (await readdir(this.options.instances).catch(() => [])).filter(isInstanceId);
  }

  /** What the instance is and what it stands on; made at its first boot. */
  async open(launch: InstanceLaunch): Promise<{ identity: Identity; base: BaseFiles }> {
    const { instanceId, hasRun = false, dataDisks } = launch;
    const { disk, dataDisk } = this.files(instanceId);
    const known = await this.identity(instanceId);
    if (!known && (hasRun || existsSync(disk))) throw lost(instanceId, this.identityFile(instanceId), "is missing");
    const disks = [disk, ...dataDisks.map(({ volumeId }) => dataDisk(diskName(volumeId)))];
    const missing = hasRun ? disks.find((file) => !existsSync(file)) : undefined;
    if (missing) throw lost(instanceId, missing, "is missing");
    const identity = known ?? (await this.make(launch));
    return { identity, base: await this.exclusively(() => this.baseOf(instanceId, identity)) };
  }

  /** @returns undefined for an instance without one. @throws an error that names the file when it cannot be read */
  async identity(instanceId: string): Promise<Identity | undefined> {
    const file = this.identityFile(instanceId);
    if (!existsSync(file)) return undefined;
    try {
      return identitySchema.parse(JSON.parse(await readFile(file, "utf8")));
    } catch (error) {
      const reason = error instanceof z.ZodError ? "it lacks what it should hold" : (error as Error).message;
      throw lost(instanceId, file, `cannot be read (${reason})`);
    }
  }

  /** The public address that it was started with last. */
  async address(instanceId: string): Promise<string | undefined> {
    const text = await readFile(this.addressFile(instanceId), "utf8").catch(() => "");
    return /^127(\.\d{1,3}){3}$/.exec(text.trim())?.[0];
  }

  async rememberAddress(instanceId: string, address: string): Promise<void> {
    if ((await this.address(instanceId)) !== address) await writeFileAtomically(this.addressFile(instanceId), address);
  }

  /** Keeps the base disks of machines that an earlier version made, which stand on the cache's. Gives what went wrong, in words. */
  async adopt(): Promise<string[]> {
    const problems: string[] = [];
    for (const id of await this.ids()) {
      try {
        const identity = await this.identity(id);
        if (identity && "disk" in identity.base) await this.exclusively(() => this.baseOf(id, identity));
      } catch (error) {
        problems.push((error as Error).message);
      }
    }
    return problems;
  }

  /** Removes the base disks on which nothing stands any more. */
  sweep(): Promise<void> {
    return this.exclusively(async () => {
      const used = new Set<string>();
      for (const directory of [this.options.instances, this.options.lost]) {
        for (const id of await readdir(directory).catch(() => [])) {
          const { disk, folder } = machineFiles(path.join(directory, id));
          // Either is enough: a disk says itself what it stands on, and before the first boot there is none.
          const backing = await backingFile(disk).catch(() => undefined);
          const text = await readFile(path.join(folder, identityName), "utf8").catch(() => "");
          const content = /"base":\{"content":"([0-9a-f]+)"/.exec(text)?.[1];
          for (const name of [content, backing && this.bases.contentAt(backing)]) if (name) used.add(name);
        }
      }
      await this.bases.keepOnly(used);
    });
  }

  private async make({ instanceId, userData = "" }: InstanceLaunch): Promise<Identity> {
    const { folder } = this.files(instanceId);
    const base = await this.options.newBase();
    const identity: Identity = {
      machineId: generateMachineId(),
      base: { content: await contentOf(base.disk) },
      userData,
      hostKey: generateKeyPair(instanceId),
    };
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await this.write(instanceId, identity);
    return identity;
  }

  private async baseOf(instanceId: string, identity: Identity): Promise<BaseFiles> {
    const { base } = identity;
    if ("content" in base) {
      const kept = await this.bases.find(base.content);
      if (kept) return kept;
      // It can be the one that new machines are made from, which is kept from the first of them on.
      const fresh = await this.options.newBase();
      if ((await contentOf(fresh.disk)) === base.content) return this.keep(fresh);
      throw lost(instanceId, `The base disk ${base.content}`, "on which its disk stands, is gone or was changed");
    }
    const { disk } = this.files(instanceId);
    const whole = [base.disk, base.kernel, base.initrd].every(existsSync);
    if (!whole || (existsSync(disk) && !(await standsOn(disk, base.disk)))) {
      throw lost(instanceId, base.disk, whole ? "is another base disk than the one its disk stands on" : "is gone");
    }
    const kept = await this.keep(base);
    await this.write(instanceId, { ...identity, base: { content: await contentOf(kept.disk) } });
    return kept;
  }

  private async keep(base: BaseFiles): Promise<BaseFiles> {
    const content = await this.bases.keep(base);
    const kept = await this.bases.find(content);
    if (!kept) throw new Error(`${this.options.bases} does not keep ${base.disk}: its files change.`);
    return kept;
  }

  private write(instanceId: string, identity: Identity): Promise<void> {
    return writeFileAtomically(this.identityFile(instanceId), JSON.stringify(identity));
  }

  private identityFile(instanceId: string): string {
    return path.join(this.files(instanceId).folder, identityName);
  }

  private addressFile(instanceId: string): string {
    return path.join(this.files(instanceId).folder, "public-address");
  }

  private exclusively<T>(step: () => Promise<T>): Promise<T> {
    const result = this.queue.then(step);
    this.queue = result.catch(() => undefined);
    return result;
  }
}

const identityName = "identity.json";

export const isInstanceId = (name: string): boolean => /^i-[0-9a-f]{17}$/.test(name);

/** As EBS volumes show themselves: vol0123456789abcdef0 (EBS user guide, "Map NVMe disks to volumes"). */
export const diskName = (volumeId: string): string => volumeId.replace("-", "");

function lost(instanceId: string, file: string, what: string): Error {
  return new Error(
    `${file} ${what}, and ${instanceId} cannot run without it. Put it back, or replace the machine with its disks: terminate ` +
      `${instanceId}, and the next "./hardway up" makes a new one.`,
  );
}

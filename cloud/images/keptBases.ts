import { createHash, randomBytes } from "node:crypto";
import { copyFile, link, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { constants, existsSync } from "node:fs";
import path from "node:path";
import { run } from "../run";
import type { BaseDisk } from "./baseDisk";

/** Files of a base disk, wherever they lie. */
export type BaseFiles = Pick<BaseDisk, "disk" | "kernel" | "initrd">;

/** The superblock of ext2, ext3 and ext4 (kernel's Documentation/filesystems/ext4/super.rst): where it is, and the UUID in it. */
const superblock = { offset: 1024, length: 1024 };
const uuid = { offset: superblock.offset + 0x68, length: 16 };

/** A link cannot be made: to another file system, by a file system without links, or to somebody else's file. */
const noLink = new Set(["EXDEV", "EPERM", "EMLINK", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

/**
 * The base disks that machines stand on, each in a folder named by its content. A base disk in the cache can be removed, and another
 * one built from the same recipe: a machine's disk would be lost on that. A link costs nothing and keeps the file.
 */
export class KeptBases {
  constructor(private readonly directory: string) {}

  /** Keeps a base disk, if it is not kept already. Gives its content. */
  async keep(base: BaseFiles): Promise<string> {
    const content = await contentOf(base.disk);
    if (await this.find(content)) return content;
    const folder = path.dirname(this.files(content).disk);
    const work = `${folder}.${randomBytes(4).toString("hex")}.new`;
    await mkdir(work, { recursive: true, mode: 0o700 });
    try {
      await linkOrCopy(base.kernel, path.join(work, "kernel"));
      await linkOrCopy(base.initrd, path.join(work, "initrd"));
      await linkOrCopyDisk(base.disk, path.join(work, "disk.raw"));
      await rename(work, folder).catch(async () => {
        // What is there was not found above: somebody else has just put it there, and may use it by now, or it is damaged.
        if (await this.find(content)) return;
        await rm(folder, { recursive: true, force: true });
        await rename(work, folder);
      });
    } finally {
      await rm(work, { recursive: true, force: true });
    }
    return content;
  }

  /** A kept base disk; undefined when there is none of this content, whole and unchanged. */
  async find(content: string): Promise<BaseFiles | undefined> {
    const kept = this.files(content);
    if (![kept.disk, kept.kernel, kept.initrd].every(existsSync)) return undefined;
    return (await contentOf(kept.disk)) === content ? kept : undefined;
  }

  /** Removes what is kept but for these. */
  async keepOnly(contents: ReadonlySet<string>): Promise<void> {
    for (const name of await readdir(this.directory).catch(() => [])) {
      if (!contents.has(name)) await rm(path.join(this.directory, name), { recursive: true, force: true });
    }
  }

  /** The content that a kept disk's path names; undefined for any other path. */
  contentAt(disk: string): string | undefined {
    const name = path.basename(path.dirname(disk));
    return this.files(name).disk === disk ? name : undefined;
  }

  private files(content: string): BaseFiles {
    const file = (name: string): string => path.join(this.directory, content, name);
    return { disk: file("disk.raw"), kernel: file("kernel"), initrd: file("initrd") };
  }
}

/**
 * Names a disk's content by its size and its superblock: each build has a UUID of its own, and whoever mounts the disk to write to it
 * changes the times and counts beside it. Reading all of it would take longer than a boot.
 */
export async function contentOf(disk: string): Promise<string> {
  const { size } = await stat(disk);
  const bytes = await read(disk, superblock.offset, superblock.length);
  return createHash("sha256").update(`${size}\n`).update(bytes).digest("hex").slice(0, 32);
}

/** Whether a disk that was made on some base disk can have been made on this one: as mounted, it has its file system's UUID. */
export async function standsOn(overlay: string, base: string): Promise<boolean> {
  const start = `${overlay}.${randomBytes(4).toString("hex")}.start`;
  try {
    const sectors = ["bs=512", `count=${(superblock.offset + superblock.length) / 512}`];
    await run("qemu-img", ["dd", "-U", "-f", "qcow2", "-O", "raw", ...sectors, `if=${overlay}`, `of=${start}`], {
      timeoutMs: 60_000,
    });
    return (await read(start, uuid.offset, uuid.length)).equals(await read(base, uuid.offset, uuid.length));
  } finally {
    await rm(start, { force: true });
  }
}

async function read(file: string, offset: number, length: number): Promise<Buffer> {
  const handle = await open(file, "r");
  try {
    const bytes = Buffer.alloc(length);
    await handle.read(bytes, 0, length, offset);
    return bytes;
  } finally {
    await handle.close();
  }
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  if (!(await tryLink(from, to))) await copyFile(from, to, constants.COPYFILE_FICLONE);
}

/** A copy has holes where the disk has: it is sparse. */
async function linkOrCopyDisk(from: string, to: string): Promise<void> {
  if (await tryLink(from, to)) return;
  await run("qemu-img", ["convert", "-f", "raw", "-O", "raw", from, to], { timeoutMs: 10 * 60_000 });
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (noLink.has((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
}

import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { shellQuote } from "../../components/remote/shellQuote";
import { hostArchitecture } from "../packages";
import { run } from "../run";
import type { OnProgress } from "../progress";
import { withLock } from "../lock";
import { readAptSettings, type AptSettings } from "./aptSettings";
import { labImageArchive, nginxImageArchive } from "./labImage";
import { baseDiskGiB, baseDiskRecipe, debianRelease, holdsSecrets, recipeHash, type Recipe } from "./recipe";
import { tar } from "./tar";

/** A root disk that machines share as read-only backing file, with the kernel that QEMU loads. Absolute paths. */
export interface BaseDisk {
  /** Content hash of the recipe. */
  readonly id: string;
  readonly disk: string;
  readonly kernel: string;
  readonly initrd: string;
}

interface EnsureOptions {
  readonly cacheDirectory: string;
  readonly onProgress?: OnProgress;
  /** Stops a build; nothing of it stays. */
  readonly signal?: AbortSignal;
  /** Where packages come from. @default this computer's own apt settings */
  readonly apt?: AptSettings;
}

/** A build is given up after this many milliseconds; a slow mirror needs a few minutes. */
const buildTimeLimit = 30 * 60_000;

/**
 * Gives the base disk of this version, building it first when the cache has none. Builders wait for each other; a build that was
 * killed leaves nothing that is taken for a disk, and the next one cleans up after it.
 * @throws with the tool's own output when a build fails.
 */
export async function ensureBaseDisk({ cacheDirectory, onProgress, signal, apt }: EnsureOptions): Promise<BaseDisk> {
  const recipe = baseDiskRecipe(hostArchitecture(), apt ?? (await readAptSettings()));
  const images = path.join(cacheDirectory, "images");
  const found = findBaseDisk(images, recipe);
  if (found) return found;

  await mkdir(images, { recursive: true });
  const waiting = (): void => onProgress?.({ text: "waiting for another build of the base disk" });
  return withLock(
    path.join(images, ".lock"),
    { waitMs: buildTimeLimit, onWait: waiting, ...(signal && { signal }) },
    async () => {
      // Whoever held the lock before may just have built it.
      const built = findBaseDisk(images, recipe);
      if (built) return built;
      await removeLeftovers(images);
      return build(images, recipe, onProgress, signal);
    },
  );
}

/** The base disk of this version where the cache has it. */
export async function cachedBaseDisk(cacheDirectory: string): Promise<BaseDisk | undefined> {
  const recipe = baseDiskRecipe(hostArchitecture(), await readAptSettings());
  return findBaseDisk(path.join(cacheDirectory, "images"), recipe);
}

function findBaseDisk(images: string, recipe: Recipe): BaseDisk | undefined {
  const id = recipeHash(recipe);
  const folder = path.join(images, id);
  const base = baseDisk(folder, id);
  // The folder gets this name only when everything in it is complete; whoever makes room may remove a part of it later.
  return [base.disk, base.kernel, base.initrd].every((file) => existsSync(file)) ? base : undefined;
}

function baseDisk(folder: string, id: string): BaseDisk {
  const file = (name: string): string => path.join(folder, name);
  return { id, disk: file("disk.raw"), kernel: file("kernel"), initrd: file("initrd") };
}

interface Build {
  /** Folder of this build. */
  readonly work: string;
  readonly recipe: Recipe;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal | undefined;
}

async function build(images: string, recipe: Recipe, onProgress?: OnProgress, signal?: AbortSignal): Promise<BaseDisk> {
  const id = recipeHash(recipe);
  const started = Date.now();
  const say = (text: string): void => onProgress?.({ text: `base disk: ${text}` });
  const work = path.join(images, `.build-${randomBytes(4).toString("hex")}`);
  await mkdir(work);
  try {
    const result = path.join(work, "result");
    await mkdir(result);
    say(`building Debian ${debianRelease} from packages (once; a few minutes)`);
    await bootstrap({ work, result, recipe, say, signal });
    await writeDisk({ work, recipe, say, signal });
    // Machines stand on it: nobody writes to it again.
    await chmod(path.join(result, "disk.raw"), holdsSecrets(recipe) ? 0o400 : 0o444);
    await rm(path.join(images, id), { recursive: true, force: true });
    await rename(result, path.join(images, id));
    say(`ready after ${Math.round((Date.now() - started) / 1000)} s`);
    return baseDisk(path.join(images, id), id);
  } finally {
    await removeBuild(work);
  }
}

/** Installs the packages into a new root and leaves it as `root.tar`, kernel and initial RAM disk beside it. */
async function bootstrap({ work, result, recipe, say, signal }: Build & { result: string }): Promise<void> {
  const overlay = path.join(work, "overlay.tar");
  await writeFile(overlay, tar([...recipe.overlay, ...recipe.buildFiles]));
  const temporary = await temporaryFolder(work);
  // mmdebstrap splits its own hooks into words as a shell does.
  const download = (from: string, to: string): string =>
    `--customize-hook=download /hardway-boot/${from} ${shellQuote(to)}`;
  const customize = path.join(temporary, "customize.sh");
  for (const [name, text] of Object.entries(recipe.scripts))
    await writeFile(path.join(temporary, name), text, { mode: 0o755 });

  await run(
    "mmdebstrap",
    [
      "--mode=unshare",
      ...recipe.options,
      `--architectures=${recipe.architecture.debian}`,
      `--include=${recipe.packages.join(",")}`,
      // Before any package, because the kernel's installation reads what is laid over for the RAM disk, and dpkg its exclusions.
      `--setup-hook=tar-in ${shellQuote(overlay)} /`,
      `--customize-hook=${customize}`,
      download("kernel", path.join(result, "kernel")),
      download("initrd", path.join(result, "initrd")),
      download("busybox", path.join(work, "busybox")),
      download("nginx.tar", path.join(work, "nginx.tar")),
      '--customize-hook=rm -r "$1/hardway-boot"',
      debianRelease,
      path.join(work, "root.tar"),
      ...(recipe.sources.length > 0 ? ["-"] : []),
    ],
    {
      input: recipe.sources.map((line) => `${line}\n`).join(""),
      env: { TMPDIR: temporary },
      timeoutMs: buildTimeLimit,
      signal,
      onOutput: (chunk) => {
        for (const [, text] of chunk.matchAll(/^I: ((?:running apt-get|downloading|extracting|installing) .+?)\.*$/gm))
          say(text ?? "");
      },
    },
  );
}

/** Turns `root.tar` into an ext4 disk. Under fakeroot, which remembers owners that an ordinary user cannot give to a file. */
async function writeDisk({ work, recipe, say, signal }: Build): Promise<void> {
  say("writing the disk");
  const extra = path.join(work, "extra.tar");
  const architecture = recipe.architecture.debian;
  const [busybox, nginx] = await Promise.all(["busybox", "nginx.tar"].map((name) => readFile(path.join(work, name))));
  const archives = {
    "lab.tar": labImageArchive(busybox!, architecture),
    "nginx.tar": nginxImageArchive(busybox!, nginx!, architecture),
  };
  const folders = ["usr/share/hardway", "usr/share/hardway/images"];
  await writeFile(
    extra,
    tar([
      // Again, for files that mmdebstrap's own clean-up removes (resolv.conf).
      ...recipe.overlay,
      ...recipe.guestFiles,
      ...folders.map((name) => ({ kind: "directory" as const, path: name, mode: 0o755 })),
      ...Object.entries(archives).map(([name, content]) => ({
        ...{ kind: "file" as const, path: `${folders[1]}/${name}`, mode: 0o644, content },
      })),
    ]),
  );
  const script = [
    "mkdir root",
    "tar -xf root.tar -C root --numeric-owner",
    "tar -xf extra.tar -C root --numeric-owner",
    `mke2fs -q -t ext4 -L root -m 1 -d root result/disk.raw ${baseDiskGiB}G`,
  ].join(" && ");
  await run("fakeroot", ["sh", "-c", script], { cwd: work, timeoutMs: buildTimeLimit, signal });
}

/**
 * mmdebstrap works as a sub-user that cannot enter a private home, so its root lies in the public temporary folder. A note of where
 * comes first, so that it is found again when this process is killed.
 */
async function temporaryFolder(work: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "hardway-build-"));
  await writeFile(path.join(work, "temporary"), folder);
  await chmod(folder, 0o711);
  return folder;
}

async function removeLeftovers(images: string): Promise<void> {
  const names = await readdir(images);
  for (const name of names.filter((entry) => entry.startsWith(".build-"))) await removeBuild(path.join(images, name));
}

async function removeBuild(work: string): Promise<void> {
  const temporary = await readFile(path.join(work, "temporary"), "utf8").catch(() => "");
  if (path.basename(temporary).startsWith("hardway-build-")) {
    // Files of the sub-user can only be removed as the sub-user. It may not remove the folder that holds them, which is left to us.
    if (process.getuid?.() !== 0 && existsSync(temporary)) {
      const roots = (await readdir(temporary))
        .filter((name) => name.startsWith("mmdebstrap."))
        .map((name) => path.join(temporary, name));
      const remove = ["--unshare-helper", "rm", "-rf", ...roots];
      if (roots.length > 0) await run("mmdebstrap", remove, { timeoutMs: 60_000 }).catch(() => undefined);
    }
    await rm(temporary, { recursive: true, force: true });
  }
  await rm(work, { recursive: true, force: true });
}

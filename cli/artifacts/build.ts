import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { mirrorDirectory } from "../../cloud/daemon/MirrorServer";
import { hostArchitecture } from "../../cloud/packages";
import { mirrorPath, releases, type ArtifactArchitecture } from "../../components/node/runtime/artifacts/lock";
import { renderSums, sumsOf } from "../../components/node/runtime/artifacts/sums";
import { ExitCode, InterruptedError, messageOf, UserError } from "../errors";
import { makeFolder, readJson, withPartFolder, writeWhole } from "../files";
import { waitForLock } from "../lock";
import type { GoContext } from "../toolchain/goTool";
import { ensureSystemPackages, type SystemPackage } from "../toolchain/systemPackages";
import { programArchive, programImage } from "./archive";
import { compile } from "./compile";
import { buildRecordFile, builtArtifacts, readMirrorSums, sha256, sumsFile, type BuiltArtifact } from "./built";
import type { ReleaseRecipe } from "./recipe";
import { recipes } from "./recipes";

export interface BuildOptions extends GoContext {
  /** hardway's cache folder; the mirror is made in it. */
  readonly cache: string;
  /** @default those of what is built when nothing is named */
  readonly recipes?: readonly ReleaseRecipe[];
  /** @default that of this computer: C programs are not built for another */
  readonly arch?: ArtifactArchitecture;
  /** What has to be on this computer, besides Go. @default what the recipes name */
  readonly packages?: readonly SystemPackage[];
}

/** What each file of the mirror was built from, and its digest, by its path. */
type BuildRecord = Readonly<Record<string, { readonly recipe: string; readonly digest: string }>>;

/**
 * Builds release files of the mirror from Go modules; files that were built from the same sources before stay, and so do
 * files that are not asked for. Takes some minutes on 2 cores and 1.5 GB for Go's caches; a second when nothing has changed.
 *
 * @throws UserError (exit 69) with what could not be built and why.
 */
export async function buildMirror(options: BuildOptions): Promise<readonly BuiltArtifact[]> {
  const { cache, report } = options;
  const arch = options.arch ?? hostArchitecture().debian;
  const wanted = (options.recipes ?? recipes()).map((recipe) => plan(recipe, arch));
  const folder = dirname(mirrorDirectory(cache));
  makeFolder(folder);
  const lock = await waitForLock(join(folder, ".lock"), "artifacts", { doing: "building artifacts", ...options });
  try {
    const toBuild = wanted.filter((planned) => !isBuilt(cache, planned));
    if (toBuild.length > 0) await withPartFolder(folder, ".part-", (work) => makeAll(options, work, toBuild));
    const found = builtArtifacts(mirrorDirectory(cache), readMirrorSums(cache) ?? "");
    report.result(found.map(({ name, version }) => `${name} ${version}`).join(", "));
    return found;
  } finally {
    lock.release();
  }
}

/** Copies the mirror to a folder of the user's; other files in it stay. */
export function copyMirror(cache: string, output: string): void {
  makeFolder(output);
  cpSync(mirrorDirectory(cache), output, { recursive: true, preserveTimestamps: true });
}

interface Planned {
  readonly recipe: ReleaseRecipe;
  readonly arch: ArtifactArchitecture;
  /** Path in the mirror. */
  readonly path: string;
  /** Changes with everything that the file's content depends on, but for the compilers. */
  readonly key: string;
}

function plan(recipe: ReleaseRecipe, arch: ArtifactArchitecture): Planned {
  const facts = { ...recipe, moduleDirectory: undefined, systemPackages: undefined };
  const pins = ["go.mod", "go.sum"].map((name) => readFileSync(join(recipe.moduleDirectory, name), "utf8"));
  return {
    ...{ recipe, arch, path: mirrorPath(recipe.name, recipe.version, arch) },
    key: sha256(JSON.stringify([facts, arch, ...pins])),
  };
}

/** Whether the file is there, complete, and built from these sources. */
function isBuilt(cache: string, { path, key }: Planned): boolean {
  const known = readRecord(cache)[path];
  const file = join(mirrorDirectory(cache), path);
  return known?.recipe === key && existsSync(file) && sha256(readFileSync(file)) === known.digest;
}

function readRecord(cache: string): BuildRecord {
  return readJson<BuildRecord>(buildRecordFile(cache)) ?? {};
}

async function makeAll(options: BuildOptions, work: string, toBuild: readonly Planned[]): Promise<void> {
  const { cache, signal } = options;
  const packages = options.packages ?? toBuild.flatMap(({ recipe }) => recipe.systemPackages);
  await ensureSystemPackages(packages, options);
  for (const group of builtTogether(toBuild)) {
    const programs = await build(options, group, work);
    for (const planned of group) {
      saveRecord(cache, planned, await addFile(options, planned, programs));
      if (signal?.aborted) throw new InterruptedError();
    }
  }
}

/** Neighbours that are single programs of one module, by the same flags: together they are compiled on all processors. */
function builtTogether(toBuild: readonly Planned[]): Planned[][] {
  const groups: Planned[][] = [];
  for (const planned of toBuild) {
    const last = groups.at(-1);
    const [earlier, own] = [last?.[0], planned].map((one) => one && flagsOf(one.recipe));
    if (last !== undefined && own !== undefined && earlier === own) last.push(planned);
    else groups.push([planned]);
  }
  return groups;
}

/** What a release that is one program is built with, but for its package; nothing for others. */
function flagsOf({ name, version, moduleDirectory, programs }: ReleaseRecipe): string | undefined {
  const [own, ...others] = programs;
  if (own === undefined || others.length > 0 || releases[name].form !== "binary") return undefined;
  return JSON.stringify([moduleDirectory, version, { ...own, packages: [], program: "" }]);
}

/**
 * Adds a file that was built to the list and the record. Its other versions are removed from the mirror; other releases
 * stay as they are.
 */
function saveRecord(cache: string, { recipe, arch, path, key }: Planned, digest: string): void {
  const mirror = mirrorDirectory(cache);
  for (const { version } of sumsOf(readMirrorSums(cache) ?? "", recipe.name, arch)) {
    const other = mirrorPath(recipe.name, version, arch);
    if (other !== path) rmSync(join(mirror, other), { force: true });
  }
  const record = Object.entries({ ...readRecord(cache), [path]: { recipe: key, digest } });
  const there = record.filter(([file]) => existsSync(join(mirror, file)));
  const sums = there.map(([file, entry]) => ({ path: file, digest: entry.digest }));
  writeWhole(join(mirror, sumsFile), renderSums(sums), 0o644);
  writeWhole(buildRecordFile(cache), JSON.stringify(Object.fromEntries(there), null, 2), 0o644);
}

/** Builds releases that are built together. @returns the folder with their programs */
async function build(options: BuildOptions, group: readonly Planned[], work: string): Promise<string> {
  const { report, signal } = options;
  const [{ recipe }] = group as [Planned];
  const what = `${group.length === 1 ? recipe.name : basename(recipe.module)} ${recipe.version}`;
  report.text(`building ${what} from Go modules, once; this takes some minutes`);
  const programs = join(work, recipe.name);
  mkdirSync(programs);
  const packages = group.flatMap((one) => one.recipe.programs.flatMap((program) => program.packages));
  const all = group.length === 1 ? recipe.programs : [{ ...recipe.programs[0]!, packages, program: undefined }];
  try {
    await compile({ ...recipe, programs: all }, programs, what, options);
  } catch (error) {
    if (signal?.aborted || error instanceof UserError) throw error;
    throw new UserError(`${what} could not be built: ${messageOf(error)}`, ExitCode.missingTool);
  }
  return programs;
}

/** Packs a release that was built, and moves it into the mirror when it is complete. @returns its SHA-256 */
async function addFile(options: BuildOptions, { recipe, path, arch }: Planned, programs: string): Promise<string> {
  const { report, signal } = options;
  report.text(`packing ${recipe.name} ${recipe.version}`);
  const content = await pack(recipe, arch, programs);
  if (signal?.aborted) throw new InterruptedError();
  const target = join(mirrorDirectory(options.cache), path);
  makeFolder(dirname(target));
  const file = `${programs}.file`;
  writeFileSync(file, content, { flush: true });
  renameSync(file, target);
  return sha256(content);
}

/** The release's file as its form says. @param programs folder with what was built */
async function pack(recipe: ReleaseRecipe, arch: ArtifactArchitecture, programs: string): Promise<Buffer> {
  const { form, program } = releases[recipe.name];
  if (form === "binary") return readFileSync(join(programs, program!));
  return recipe.image === undefined
    ? await programArchive(programs, recipe.folder)
    : programImage(programs, recipe.image, arch);
}

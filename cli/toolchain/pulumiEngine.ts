import { existsSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder, withPartFolder } from "../files";
import { ExitCode, InterruptedError, messageOf, UserError } from "../errors";
import { waitForLock } from "../lock";
import type { PhaseReport } from "../progress/progress";
import { buildEngine } from "./engineBuild";
import { downloadEngine, type ReleaseOptions } from "./engineRelease";
import { askVersion, engineVersion, isUsableEngine, oldestEngine } from "./engineVersion";
import { isExecutable, which } from "./which";

/** The Pulumi engine that is used. */
export interface PulumiEngine {
  readonly path: string;
  /** Folder of `path`; goes on PATH. */
  readonly directory: string;
  readonly version: string;
  readonly source: "PATH" | "cache" | "download" | "built";
}

interface EngineOptions {
  /** hardway's cache folder. */
  readonly cache: string;
  /** @default the process's PATH */
  readonly path?: string;
  /** Whether only an official build with its Node language host will do. */
  readonly official?: boolean;
}

interface EnsureOptions extends EngineOptions {
  readonly report: PhaseReport;
  readonly signal?: AbortSignal;
  readonly release?: Partial<ReleaseOptions>;
}

const binary = "pulumi";
const languageHost = "pulumi-language-nodejs";

/** The engine on PATH, else the cached one. Changes nothing. */
export async function findEngine({ cache, path, official }: EngineOptions): Promise<PulumiEngine | undefined> {
  const onPath = which(binary, path);
  if (onPath !== undefined) {
    const version = await askVersion(onPath);
    const complete =
      !official || isExecutable(join(dirname(onPath), languageHost)) || which(languageHost, path) !== undefined;
    if (version !== undefined && isUsableEngine(version) && complete) {
      return { path: onPath, directory: dirname(onPath), version, source: "PATH" };
    }
  }
  return cached(cache, official);
}

/**
 * The engine on PATH, else the cached one, else the official download, else one built from Go modules.
 *
 * @throws UserError (exit 69) that says why each of them failed.
 */
export async function ensureEngine(options: EnsureOptions): Promise<PulumiEngine> {
  const found = await findEngine(options);
  if (found !== undefined) return found;
  const toolchain = join(options.cache, "toolchain");
  makeFolder(toolchain);
  const lock = await waitForLock(join(toolchain, `.${binary}-${engineVersion}.lock`), "toolchain", {
    doing: "getting the engine",
    ...options,
  });
  try {
    // Another process may have got it while this one waited.
    const prefix = `.${binary}-${engineVersion}.part-`;
    const make = () => withPartFolder(toolchain, prefix, (into) => makeEngine(into, options));
    return cached(options.cache, options.official) ?? (await make());
  } finally {
    lock.release();
  }
}

function engineDirectory(cache: string): string {
  return join(cache, "toolchain", `${binary}-${engineVersion}`);
}

function cached(cache: string, official?: boolean): PulumiEngine | undefined {
  const directory = engineDirectory(cache);
  const path = join(directory, binary);
  if (!isExecutable(path) || (official && !isExecutable(join(directory, languageHost)))) return undefined;
  return { path, directory, version: engineVersion, source: "cache" };
}

/** @param into folder that gets its name only when it is complete: what a killed run leaves is never used */
async function makeEngine(into: string, options: EnsureOptions): Promise<PulumiEngine> {
  const source = await fill(into, options);
  const version = await askVersion(join(into, binary));
  if (version !== engineVersion)
    throw new UserError(
      `The ${source} Pulumi engine does not run here: "pulumi version" said ${version ?? "nothing"}.`,
      ExitCode.missingTool,
    );
  const directory = engineDirectory(options.cache);
  // An engine without its language host is there when an official one is asked for later.
  if (existsSync(directory)) rmSync(directory, { recursive: true });
  renameSync(into, directory);
  return { path: join(directory, binary), directory, version, source };
}

async function fill(into: string, options: EnsureOptions): Promise<"download" | "built"> {
  const reasons = [
    `  PATH: no pulumi of version 3, ${oldestEngine} or newer${options.official ? `, with ${languageHost}` : ""}`,
  ];
  const attempt = async (label: string, action: () => Promise<void>): Promise<boolean> => {
    try {
      await action();
      return true;
    } catch (error) {
      if (options.signal?.aborted) throw new InterruptedError();
      options.report.text(`${label}: ${messageOf(error)}`);
      reasons.push(`  ${label}: ${messageOf(error)}`);
      return false;
    }
  };
  const { report, signal, path } = options;
  if (await attempt("official download", () => downloadEngine({ ...options.release, into, report, signal })))
    return "download";
  if (!options.official && (await attempt("build", () => buildEngine({ into, report, signal, path })))) return "built";
  throw new UserError(
    `There is no Pulumi engine, and it could not be had:\n${reasons.join("\n")}\n` +
      (options.official
        ? "Install Pulumi (https://www.pulumi.com/docs/install), or leave --plugins official away: the bundled plugins then do."
        : "Install Pulumi (https://www.pulumi.com/docs/install) or Go (https://go.dev/dl), then run this again."),
    ExitCode.missingTool,
  );
}

import { existsSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { ExitCode, messageOf, UserError } from "../errors";
import type { LabPaths } from "../paths";
import { isMap, section } from "../yaml";
import { readStackYaml } from "./stackFileShape";

/** The stack file for labs that have none. */
const defaultStack = "dev";

/** Keys that the engine writes into a stack file to encrypt its secrets; a copy of the checkout's file must keep them. */
const encryptionKeys = ["encryptionsalt", "encryptedkey", "secretsprovider"];

/** What the CLI writes there by itself: where the embedded EC2 really listens. */
const endpoints = "aws:endpoints";
/** What `repair` writes there. */
export const runAgainKey = "hardway:runAgain";
/** What `certs renew` and `up` write there. */
export const certificateGenerationKey = "hardway:certificateGeneration";

type Values = Readonly<Record<string, unknown>>;

/** A lab's configuration: that of the checkout, overridden by what was set in the lab's workspace. */
export interface LabStackFile {
  /** The whole file as the workspace is to have it. */
  readonly content: Values;
  /** The checkout's file, and what it holds; `undefined` and empty when there is none. */
  readonly source?: string;
  readonly checkout: Values;
  /** Keys that were set in the workspace to something else than the checkout has. */
  readonly differing: readonly string[];
  /** Keys that were set in the workspace, and later to something else in the checkout, which counts. */
  readonly overruled: readonly string[];
}

/** The lab's stack file in its workspace, which `pulumi config set` changes. */
export function labStackFile(paths: Pick<LabPaths, "name" | "workspace">): string {
  return join(paths.workspace, `Pulumi.${paths.name}.yaml`);
}

/**
 * The checkout's file as it was when the workspace's was last written: any difference between the two was set in the
 * workspace.
 */
export function baseFile({ workspace }: Pick<LabPaths, "workspace">): string {
  return join(workspace, "checkout.yaml");
}

/** The stack's file in the checkout, else that of the `dev` stack. */
function stackFileOf(root: string, stack: string): string | undefined {
  return [stack, defaultStack].map((name) => join(root, `Pulumi.${name}.yaml`)).find((file) => existsSync(file));
}

/**
 * The content of the workspace's file at the next write: the checkout's file, with what was set in the workspace in
 * place of it. Where both were changed since the last write, the checkout counts.
 */
export function readStackFile(root: string, paths: Pick<LabPaths, "name" | "workspace">): LabStackFile {
  const source = stackFileOf(root, paths.name);
  const checkout = source === undefined ? {} : readStackYaml(source);
  const workspace = readWorkspaceFile(labStackFile(paths));
  const theirs = section(checkout["config"]);
  // A lost file does not mean that every key was removed, including those that keep a lab off AWS.
  const mine = workspace === undefined ? theirs : section(workspace["config"]);
  const known = readRecord(baseFile(paths));
  // Without that record it is unknown which change was later: for keys that both have, the checkout counts; those that only
  // the workspace has stay.
  const base = known ?? pick(mine, Object.keys(theirs));
  const config: Record<string, unknown> = {};
  const differing: string[] = [];
  const overruled: string[] = [];
  for (const key of new Set([...Object.keys(theirs), ...Object.keys(mine)])) {
    const { value, lost } = merge(base[key], mine[key], theirs[key]);
    if (value !== undefined) config[key] = value;
    if (key === endpoints) continue;
    if (lost) overruled.push(key);
    if (!same(value, theirs[key])) differing.push(key);
  }
  const content = {
    ...pick(workspace ?? {}, encryptionKeys),
    ...checkout,
    ...("config" in checkout || Object.keys(config).length > 0 ? { config } : {}),
  };
  return { content, source, checkout, differing, overruled };
}

/** @throws UserError (exit 78) for one that is no stack file, with what to do */
function readWorkspaceFile(file: string): Values | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return readStackYaml(file);
  } catch (error) {
    const advice =
      "It holds what was set for this lab alone: put it back, or remove it, and the checkout's settings count.";
    throw new UserError(`${messageOf(error)} ${advice}`, ExitCode.config);
  }
}

/** Undefined where there is none, or one that cannot be read. */
function readRecord(file: string): Values | undefined {
  try {
    return existsSync(file) ? section(readStackYaml(file)["config"]) : undefined;
  } catch {
    return undefined;
  }
}

/** A line about settings that only the workspace has, or has lost; undefined when there are none. */
export function describeSettings(
  { differing, overruled }: Pick<LabStackFile, "differing" | "overruled">,
  paths: Pick<LabPaths, "name" | "workspace">,
): string | undefined {
  // What hardway counts up there is not a setting that the user made.
  const isSetting = (key: string) => key !== runAgainKey && key !== certificateGenerationKey;
  const own = differing.filter(isSetting);
  const lost = overruled.filter(isSetting);
  const parts = [
    ...(own.length > 0 ? [`set for this lab alone, in ${labStackFile(paths)}: ${own.join(", ")}`] : []),
    ...(lost.length > 0 ? [`changed in the checkout since, which counts: ${lost.join(", ")}`] : []),
  ];
  return parts.length > 0 ? `Configuration ${parts.join("; ")}` : undefined;
}

/** @param lost whether something of `mine` was overridden */
function merge(base: unknown, mine: unknown, theirs: unknown): { value: unknown; lost: boolean } {
  if (same(mine, theirs) || same(mine, base)) return { value: theirs, lost: false };
  if (same(theirs, base)) return { value: mine, lost: false };
  if (!isPlainMap(mine) || !isPlainMap(theirs)) return { value: theirs, lost: true };
  // `pulumi config set --path` sets one entry of a map.
  const entries = [...new Set([...Object.keys(theirs), ...Object.keys(mine)])].map(
    (key) => [key, merge(isPlainMap(base) ? base[key] : undefined, mine[key], theirs[key])] as const,
  );
  return {
    value: Object.fromEntries(entries.flatMap(([key, { value }]) => (value === undefined ? [] : [[key, value]]))),
    lost: entries.some(([, { lost }]) => lost),
  };
}

/** An encrypted value is a single value, not a map. */
function isPlainMap(value: unknown): value is Values {
  return isMap(value) && !("secure" in value);
}

/** The engine writes numbers and booleans as strings when it changes a file. */
function same(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(asTexts(a), asTexts(b));
}

function asTexts(value: unknown): unknown {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return value.map(asTexts);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, asTexts(entry)]));
}

function pick(values: Values, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.filter((key) => key in values).map((key) => [key, values[key]]));
}

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Replaces `file` in one step: a reader, and a run after a power cut, sees the old content or the new one. */
export function writeWhole(file: string, content: string | Uint8Array, mode = 0o600): void {
  const part = `${file}.${process.pid}.part`;
  try {
    writeFileSync(part, content, { mode, flush: true });
    renameSync(part, file);
  } finally {
    rmSync(part, { force: true });
  }
}

/** The JSON object or list in `file`, or `undefined` when it is not there or broken. */
export function readJson<T>(file: string): T | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    return typeof value === "object" && value !== null ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Makes a folder and its parents. Node's own `recursive` never returns where the file system refuses new folders, as in
 * /proc.
 *
 * @param mode of each folder that is made
 */
export function makeFolder(folder: string, mode = 0o777): void {
  if (isFolder(folder)) return;
  const above = dirname(folder);
  if (above !== folder) makeFolder(above, mode);
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    // Another process may have made it first.
    if (!isFolder(folder)) throw error;
  }
}

/**
 * Runs `work` with a new folder in `folder`, which is removed afterwards, as are those of killed runs. The caller holds a
 * lock, so that no other run is using one.
 */
export async function withPartFolder<T>(
  folder: string,
  prefix: string,
  work: (part: string) => Promise<T>,
): Promise<T> {
  for (const left of readdirSync(folder).filter((name) => name.startsWith(prefix)))
    rmSync(join(folder, left), { recursive: true, force: true });
  const part = join(folder, `${prefix}${process.pid}`);
  mkdirSync(part, { mode: 0o755 });
  try {
    return await work(part);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false; // making it fails with the reason
  }
}

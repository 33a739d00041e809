import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Replaces `file` in one step: a reader, and a run after a power cut, sees the old content or the new one. */
export function writeWhole(file: string, content: string, mode = 0o600): void {
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
 * Makes a folder and those above it. Node's own `recursive` never comes back where a file system has no such folders,
 * as in /proc.
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
    // Another process may have been quicker.
    if (!isFolder(folder)) throw error;
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false; // making it fails with the reason
  }
}

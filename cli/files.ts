import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

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

/** The JSON in `file`, or `undefined` when it is not there or broken. */
export function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as T;
  } catch {
    return undefined;
  }
}

import { readJson, writeWhole } from "../files";
import type { LabPaths } from "../paths";

/** How the last run of the engine ended, for `status`. */
export interface LastRun {
  readonly command: string;
  /** ISO 8601. */
  readonly at: string;
  readonly result: "succeeded" | "failed" | "interrupted";
  readonly summary?: Readonly<Record<string, number>>;
}

export function saveLastRun(paths: LabPaths, run: Omit<LastRun, "at">): void {
  writeWhole(paths.lastRun, `${JSON.stringify({ ...run, at: new Date().toISOString() }, null, 2)}\n`);
}

export function readLastRun(paths: LabPaths): LastRun | undefined {
  const run = readJson<Partial<LastRun>>(paths.lastRun);
  const isWhole = [run?.command, run?.at, run?.result].every((part) => typeof part === "string");
  return isWhole ? (run as LastRun) : undefined;
}

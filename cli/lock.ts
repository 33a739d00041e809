import { existsSync, linkSync, renameSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeFolder, readJson } from "./files";
import { ExitCode, InterruptedError, UserError } from "./errors";
import { processIdentity } from "../cloud/machines/processIdentity";
import type { PhaseReport } from "./progress/progress";

/** Who holds a lock; the content of its file. */
export interface LockHolder {
  readonly pid: number;
  /** See `processIdentity`: tells the holder from a later process with the same number. */
  readonly identity: string;
  /** ISO 8601. */
  readonly since: string;
  /** What it does, e.g. `up`. */
  readonly purpose: string;
}

export interface Lock {
  release(): void;
}

/** A takeover is a few system calls; a guard this old was left by a process that died inside one. */
const guardAgeMs = 10_000;

/**
 * Takes the lock `file` for this process, or returns who holds it. A lock whose process is gone is taken over.
 * A file and not flock(2), which Node cannot call; a hard link makes it appear at once with its content.
 * proper-lockfile knows a dead holder by the age of its lock alone: the next run would wait after a kill, and a run that
 * was suspended would lose the lab.
 */
export function tryLock(file: string, purpose: string): Lock | LockHolder {
  makeFolder(dirname(file), 0o700);
  const mine: LockHolder = {
    pid: process.pid,
    identity: processIdentity(process.pid) ?? "unknown",
    since: new Date().toISOString(),
    purpose,
  };
  const candidate = `${file}.${process.pid}`;
  try {
    writeFileSync(candidate, JSON.stringify(mine), { mode: 0o600 });
    for (let attempt = 0; attempt < 50; attempt++) {
      if (link(candidate, file)) return owned(file, mine);
      const holder = readHolder(file);
      if (holder !== undefined && isAlive(holder)) return holder;
      if (takeOver(candidate, file)) return owned(file, mine);
    }
  } finally {
    remove(candidate);
  }
  throw new UserError(`The lock ${file} cannot be taken. Remove the file if no hardway is running.`, ExitCode.busy);
}

/** @throws UserError (exit 75) with one line that names the holder. */
export function lockOrThrow(file: string, purpose: string, what: string): Lock {
  const result = tryLock(file, purpose);
  if ("release" in result) return result;
  throw new UserError(
    `${what} is in use by "hardway ${result.purpose}" (pid ${result.pid}) since ${result.since}; try again when it is done.`,
    ExitCode.busy,
  );
}

/** Waits for whoever holds the lock. Bounded by that process: the lock ends with it. @throws InterruptedError */
export async function waitForLock(
  file: string,
  purpose: string,
  { doing, report, signal }: { doing: string; report: Pick<PhaseReport, "counter">; signal?: AbortSignal },
): Promise<Lock> {
  for (;;) {
    const result = tryLock(file, purpose);
    if ("release" in result) return result;
    if (signal?.aborted) throw new InterruptedError();
    report.counter(`another hardway (pid ${result.pid}) is ${doing}; waiting for it`);
    await sleep(500);
  }
}

/**
 * Only one process at a time replaces a dead holder's file, and it looks again first: between two looks the file can
 * become a living one's.
 */
function takeOver(candidate: string, file: string): boolean {
  const guard = `${file}.takeover`;
  if (!link(candidate, guard)) {
    try {
      if (Date.now() - statSync(guard).ctimeMs > guardAgeMs) remove(guard);
    } catch {
      // Its owner was quicker.
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    return false;
  }
  try {
    // Released meanwhile: whoever links it first has it, so it must not be written over.
    if (!existsSync(file)) return false;
    const holder = readHolder(file);
    if (holder !== undefined && isAlive(holder)) return false;
    const copy = `${candidate}.new`;
    linkSync(candidate, copy);
    renameSync(copy, file);
    return true;
  } finally {
    remove(guard);
  }
}

function owned(file: string, mine: LockHolder): Lock {
  return {
    release: () => {
      const holder = readHolder(file);
      if (holder?.pid === mine.pid && holder.identity === mine.identity) remove(file);
    },
  };
}

function isAlive(holder: LockHolder): boolean {
  return processIdentity(holder.pid) === holder.identity;
}

function readHolder(file: string): LockHolder | undefined {
  const holder = readJson<Partial<LockHolder>>(file);
  // Anything else was left by a full disk, or is somebody else's: nobody holds the lock by it.
  const isHolder = typeof holder?.pid === "number" && typeof holder.identity === "string";
  return isHolder ? (holder as LockHolder) : undefined;
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function remove(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // Gone already.
  }
}

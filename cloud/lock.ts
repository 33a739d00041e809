import { linkSync, readFileSync, renameSync, rmdirSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { processIdentity } from "./processIdentity";

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

interface LockOptions {
  /** How long to wait for another holder, in milliseconds. */
  readonly waitMs: number;
  /** Called once when there is another holder. */
  readonly onWait?: () => void;
  readonly signal?: AbortSignal;
}

/** A takeover is a few system calls; a guard this old was left by a process that died inside one. */
const guardAgeMs = 10_000;

/**
 * Runs `body` while holding the lock `file`.
 * @throws when another process still holds it after `waitMs`.
 */
export async function withLock<T>(file: string, options: LockOptions, body: () => Promise<T>): Promise<T> {
  const lock = await acquire(file, options);
  try {
    return await body();
  } finally {
    lock.release();
  }
}

async function acquire(file: string, { waitMs, onWait, signal }: LockOptions): Promise<Lock> {
  const deadline = Date.now() + waitMs;
  for (let attempt = 0; ; attempt += 1) {
    signal?.throwIfAborted();
    const result = tryLock(file, "cloud");
    if ("release" in result) return result;
    if (Date.now() >= deadline) throw new Error(`Another process (pid ${result.pid}) holds ${file}.`);
    if (attempt === 0) onWait?.();
    await sleep(500, undefined, { signal });
  }
}

/**
 * Takes the lock `file` for this process, or returns who holds it. A lock whose process is gone is taken over: after a kill the next
 * run need not wait, and a run that was suspended does not lose it. Its folder has to be there.
 * A file and not flock(2), which Node cannot call; a hard link makes it appear at once with its content.
 *
 * @throws LockError when the file can be neither taken nor read
 */
export function tryLock(file: string, purpose: string): Lock | LockHolder {
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
  throw new LockError(`The lock ${file} cannot be taken. Remove the file if no hardway is running.`);
}

class LockError extends Error {
  override readonly name = "LockError";
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
    const found = statSync(file, { throwIfNoEntry: false });
    if (found === undefined) return false;
    // What a process of an older version left.
    if (found.isDirectory()) rmdirSync(file);
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
  try {
    const holder = JSON.parse(readFileSync(file, "utf8")) as Partial<LockHolder> | null;
    // Anything else was left by a full disk, or is somebody else's: nobody holds the lock by it.
    const isHolder = typeof holder?.pid === "number" && typeof holder.identity === "string";
    return isHolder ? (holder as LockHolder) : undefined;
  } catch {
    return undefined;
  }
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

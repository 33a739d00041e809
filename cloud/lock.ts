import { setTimeout as sleep } from "node:timers/promises";
import lockfile from "proper-lockfile";

interface LockOptions {
  /** How long to wait for another holder, in milliseconds. */
  readonly waitMs: number;
  /** Called once when there is another holder. */
  readonly onWait?: () => void;
  readonly signal?: AbortSignal;
}

/** A holder that was killed is forgotten after this many milliseconds; a living one renews its claim well before. */
const staleMs = 15_000;

/**
 * Runs `body` while holding the lock `file` (a folder that exists as long as the lock is held).
 * @throws when another process still holds it after `waitMs`.
 */
export async function withLock<T>(file: string, options: LockOptions, body: () => Promise<T>): Promise<T> {
  const release = await acquire(file, options);
  try {
    return await body();
  } finally {
    // A lock that was taken away in the meantime is not ours to release.
    await release().catch(() => undefined);
  }
}

/** After a long sleep of the computer another command may have taken over. What we write is whole either way, so nothing is to be done. */
function onCompromised(): void {
  return;
}

async function acquire(file: string, { waitMs, onWait, signal }: LockOptions): Promise<() => Promise<void>> {
  const deadline = Date.now() + waitMs;
  for (let attempt = 0; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      return await lockfile.lock(file, {
        lockfilePath: file,
        realpath: false,
        stale: staleMs,
        update: 3_000,
        onCompromised,
      });
    } catch (error) {
      if ((error as { code?: string }).code !== "ELOCKED") throw error;
      if (Date.now() >= deadline) throw new Error(`Another process holds ${file}.`, { cause: error });
      if (attempt === 0) onWait?.();
      await sleep(500, undefined, { signal });
    }
  }
}

import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { tryLock, type Lock } from "../cloud/lock";
import { makeFolder } from "./files";
import { ExitCode, InterruptedError, UserError } from "./errors";
import type { PhaseReport } from "./progress/progress";

/** @throws UserError (exit 75) with one line that names the holder. */
export function lockOrThrow(file: string, purpose: string, what: string): Lock {
  makeFolder(dirname(file), 0o700);
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

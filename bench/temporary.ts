import { rmSync } from "node:fs";
import { TestState } from "../tests/support/hardwayCli";

/** Processes that were just killed may still write. */
const patiently = { recursive: true, force: true, maxRetries: 10, retryDelay: 100 };

/**
 * Keeps a state folder and all processes that belong to it until `action` ends, its time is over, or this process ends: after
 * Ctrl-C there is only time to kill and remove.
 */
export async function withState<T>(
  lab: string,
  limitMinutes: number,
  action: (state: TestState) => Promise<T>,
): Promise<T> {
  const state = new TestState(lab);
  const end = (): void => {
    state.kill();
    // What one of them has started in the meantime.
    state.kill();
    rmSync(state.directory, patiently);
  };
  process.once("exit", end);
  try {
    // Whatever `action` still does after that soon fails, since its processes are gone.
    return await within(limitMinutes, action(state));
  } finally {
    // The measurements must not be lost because a clean removal failed.
    await state.remove().catch(end);
    process.off("exit", end);
  }
}

async function within<T>(minutes: number, action: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`It did not end within ${minutes} minutes.`)), minutes * 60_000);
  });
  try {
    return await Promise.race([action, over]);
  } finally {
    clearTimeout(timer);
  }
}

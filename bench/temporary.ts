import { rmSync } from "node:fs";
import { TestState } from "../tests/support/hardwayCli";

/** Processes that were just killed may still be writing. */
const patiently = { recursive: true, force: true, maxRetries: 10, retryDelay: 100 };

/**
 * A state folder with all processes that belong to it, until `action` ends or its time is over, and not beyond the end of this process
 * either: Ctrl-C leaves no time for more than killing and removing.
 */
export async function withState<T>(
  lab: string,
  limitMinutes: number,
  action: (state: TestState) => Promise<T>,
): Promise<T> {
  const state = new TestState(lab);
  const end = (): void => {
    state.kill();
    // What one of them has started meanwhile.
    state.kill();
    rmSync(state.directory, patiently);
  };
  process.once("exit", end);
  try {
    // What `action` still does after that fails soon, since its processes are gone.
    return await within(limitMinutes, action(state));
  } finally {
    // What was measured is not lost because something would not go gently.
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

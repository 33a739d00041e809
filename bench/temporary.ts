import { TestState } from "../tests/support/hardwayCli";

/** Keeps a state folder and all processes that belong to it until `action` ends, its time is over, or this process ends. */
export async function withState<T>(
  lab: string,
  limitMinutes: number,
  action: (state: TestState) => Promise<T>,
): Promise<T> {
  const state = new TestState(lab);
  try {
    // Whatever `action` still does after that soon fails, since its processes are gone.
    return await within(limitMinutes, action(state));
  } finally {
    // The measurements must not be lost because a clean removal failed.
    await state.remove().catch(() => state.removeNow());
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

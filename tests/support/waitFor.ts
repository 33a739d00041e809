/**
 * Looks ten times a second until a condition holds.
 *
 * @param what named in the error
 * @param output what a process has said, added to the error
 * @throws Error after so many seconds
 */
export async function waitFor(
  condition: () => boolean | Promise<boolean>,
  what: string,
  seconds: number,
  output: () => string,
): Promise<void> {
  for (let waited = 0; waited < seconds * 10; waited++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what}: not within ${seconds} s\n${output()}`);
}

import { createInterface } from "node:readline/promises";
import { ExitCode, InterruptedError, UserError } from "../errors";

/**
 * Asks on the terminal unless --yes was given.
 *
 * @throws UserError when there is nobody to ask, or the answer is not yes.
 */
export async function confirm({ yes, json }: { yes?: boolean; json?: boolean }, question: string): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY || json)
    throw new UserError(`${question} There is no terminal to ask on; say so with --yes.`, ExitCode.usage);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // readline takes the terminal's Ctrl-C and emits it as an event of its own.
  const interrupted = new Promise<never>((_, reject) => terminal.once("SIGINT", () => reject(new InterruptedError())));
  try {
    const answer = await Promise.race([terminal.question(`${question} [y/N] `), interrupted]);
    if (!/^y(es)?$/i.test(answer.trim())) throw new UserError("Nothing was changed.");
  } finally {
    terminal.close();
  }
}

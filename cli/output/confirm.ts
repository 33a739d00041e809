import { ExitCode, UserError } from "../errors";
import { ask } from "./ask";

/**
 * Asks on the terminal unless --yes was given.
 *
 * @throws UserError when there is nobody to ask, or the answer is not yes.
 */
export async function confirm({ yes, json }: { yes?: boolean; json?: boolean }, question: string): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY || json)
    throw new UserError(`${question} There is no terminal to ask on; say so with --yes.`, ExitCode.usage);
  const answer = await ask(`${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw new UserError("Nothing was changed.");
}

import { createInterface } from "node:readline/promises";
import { InterruptedError } from "../errors";

/** Waits for the Enter key, on a terminal only and not with --yes or --json. */
export async function pause({ yes, json }: { yes?: boolean; json?: boolean }, text: string): Promise<void> {
  if (yes === true || json === true || !process.stdin.isTTY) return;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // readline takes the terminal's Ctrl-C and emits it as an event of its own.
  const interrupted = new Promise<never>((_, reject) => terminal.once("SIGINT", () => reject(new InterruptedError())));
  try {
    await Promise.race([terminal.question(text), interrupted]);
  } finally {
    terminal.close();
  }
}

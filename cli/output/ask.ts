import { createInterface } from "node:readline/promises";
import { InterruptedError } from "../errors";

/** Asks on the terminal. @returns the line that is typed @throws InterruptedError on Ctrl-C */
export async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // readline takes the terminal's Ctrl-C and emits it as an event of its own.
  const interrupted = new Promise<never>((_, reject) => terminal.once("SIGINT", () => reject(new InterruptedError())));
  try {
    return await Promise.race([terminal.question(question), interrupted]);
  } finally {
    terminal.close();
  }
}

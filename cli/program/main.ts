import { CommanderError } from "commander";
import { describeError, ExitCode } from "../errors";
import { program } from "./program";

// A reader that stops early (head, less) is not an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(ExitCode.ok);
  throw error;
});
// For example a file system error in a stream's callback.
process.on("uncaughtException", (error) => process.exit(told(error)));

async function main(): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    // Commander has printed its own message.
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
      return;
    }
    process.exitCode = told(error);
  }
}

/** Prints what went wrong, and returns the exit code. */
function told(error: unknown): number {
  const { text, exitCode } = describeError(error);
  process.stderr.write(`hardway: ${text}\n`);
  return exitCode;
}

void main();

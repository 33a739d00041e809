import { CommanderError } from "commander";
import { describeError, ExitCode } from "../errors";
import { program } from "./program";

// A reader that has seen enough (head, less) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(ExitCode.ok);
  throw error;
});
// Such as an error of the file system in what a stream calls.
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

/** Tells what went wrong, and gives the exit code. */
function told(error: unknown): number {
  const { text, exitCode } = describeError(error);
  process.stderr.write(`hardway: ${text}\n`);
  return exitCode;
}

void main();

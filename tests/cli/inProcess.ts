import { describeError } from "../../cli/errors";

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  /** The error's message, without progress. */
  readonly error: string;
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Runs a command of the command line in this process, with a state folder of its own, and gives what it printed. */
export async function runCommand(state: string, action: () => Promise<number>): Promise<Outcome> {
  const names = ["HARDWAY_STATE_DIR", "TERM"] as const;
  const values = names.map((name) => process.env[name]);
  const listeners = signals.map((signal) => process.listeners(signal));
  const { stdout, stderr } = process;
  const writes = [stdout.write.bind(stdout), stderr.write.bind(stderr)] as const;
  let printed = "";
  process.env["HARDWAY_STATE_DIR"] = state;
  // Progress in plain lines, also where the tests run in a terminal.
  process.env["TERM"] = "dumb";
  stdout.write = (text: unknown): boolean => ((printed += String(text)), true);
  stderr.write = (): boolean => true;
  try {
    return { code: await action(), stdout: printed, error: "" };
  } catch (error) {
    const { text, exitCode } = describeError(error);
    return { code: exitCode, stdout: printed, error: text };
  } finally {
    stdout.write = writes[0];
    stderr.write = writes[1];
    names.forEach((name, index) => {
      const value = values[index];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    });
    signals.forEach((signal, index) => {
      for (const listener of process.listeners(signal))
        if (!listeners[index]?.includes(listener)) process.off(signal, listener);
    });
  }
}

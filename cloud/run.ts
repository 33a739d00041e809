import { spawn } from "node:child_process";

export interface RunOptions {
  /** The command is ended after this many milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly input?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Each piece of output (standard output and error) as it comes. */
  readonly onOutput?: (chunk: string) => void;
}

/** A command that failed, could not be started, took too long or was interrupted. The message ends with what it printed last. */
export class RunError extends Error {
  constructor(
    readonly command: string,
    reason: string,
    readonly output: string,
    readonly exitCode?: number,
    readonly timedOut = false,
  ) {
    super([`${command} failed: ${reason}`, ...output.trim().split("\n").slice(-15)].join("\n").trimEnd());
  }
}

/** What is still alive this long after it was asked to end is killed, in milliseconds. */
const graceMs = 10_000;

/**
 * Runs a command to its end and gives its standard output. It gets a process group of its own: mmdebstrap's helpers only end when
 * each of them is told to, as a terminal does on Ctrl-C.
 * @throws RunError
 */
export function run(command: string, args: readonly string[], options: RunOptions): Promise<string> {
  const { timeoutMs, signal, input = "", cwd, env, onOutput } = options;
  // An ordinary user's PATH on Debian lacks sbin, where mke2fs and chroot live.
  const environment = { ...process.env, ...env, LC_ALL: "C", PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin` };
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(new RunError(command, "it was interrupted", ""));
    const child = spawn(command, args, { cwd, env: environment, detached: true, stdio: "pipe" });
    let stdout = "";
    let output = "";
    let stopped: string | undefined;
    let killer: NodeJS.Timeout | undefined;

    const stop = (reason: string): void => {
      if (stopped !== undefined) return;
      stopped = reason;
      signalGroup(child.pid, "SIGINT");
      signalGroup(child.pid, "SIGTERM");
      killer = setTimeout(() => signalGroup(child.pid, "SIGKILL"), graceMs);
    };
    const tooLong = `it took longer than ${timeoutMs / 1000} s`;
    const timer = setTimeout(() => stop(tooLong), timeoutMs);
    const interrupt = (): void => stop("it was interrupted");
    signal?.addEventListener("abort", interrupt, { once: true });
    const done = (): void => {
      clearTimeout(timer);
      clearTimeout(killer);
      signal?.removeEventListener("abort", interrupt);
    };

    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
      output += chunk;
      onOutput?.(chunk);
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
      onOutput?.(chunk);
    });
    // A command that ends without reading is judged by its exit status.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    child.on("error", (error: NodeJS.ErrnoException) => {
      done();
      reject(new RunError(command, whyNotStarted(error), output));
    });
    child.on("close", (exitCode, killedBy) => {
      done();
      if (exitCode === 0 && stopped === undefined) return resolve(stdout);
      const reason = stopped ?? (killedBy ? `it was ended by ${killedBy}` : `exit status ${exitCode}`);
      reject(new RunError(command, reason, output, exitCode ?? undefined, stopped === tooLong));
    });
  });
}

/** Why `spawn` could not start a program. A folder on PATH that may not be read makes EACCES of one that is nowhere; see execvp(3). */
export function whyNotStarted({ code, message }: NodeJS.ErrnoException): string {
  if (code === "ENOENT") return "it is not installed";
  if (code === "EACCES") return "it is not installed, or this user may not execute it";
  return message;
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

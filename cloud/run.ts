import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface RunOptions {
  /** The command is ended after this many milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly input?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Each piece of output (standard output and error) as it comes. */
  readonly onOutput?: (chunk: string, stream: "stdout" | "stderr") => void;
  /** The same line by line. */
  readonly onLine?: (line: string, stream: "stdout" | "stderr") => void;
}

export interface RunResult {
  /** The exit status; `undefined` when it was ended, or never started. */
  readonly code?: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, in the order in which they came. */
  readonly output: string;
  /** Why it has no exit status. */
  readonly failure?: string | undefined;
  readonly timedOut: boolean;
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

/** Runs a command to its end and gives its standard output. @throws RunError when it fails */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<string> {
  const { code, stdout, output, failure, timedOut } = await runToEnd(command, args, options);
  if (code === 0) return stdout;
  throw new RunError(command, failure ?? `exit status ${code}`, output, code, timedOut);
}

/**
 * Runs a command to its end, however that comes: one that cannot be started is a result as well. It gets a process group of its own:
 * mmdebstrap's helpers only end when each of them is told to, as a terminal does on Ctrl-C.
 */
export function runToEnd(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  const { timeoutMs, signal, input = "", cwd, env, onOutput, onLine } = options;
  // An ordinary user's PATH on Debian lacks sbin, where mke2fs and chroot live.
  const environment = { ...process.env, ...env, LC_ALL: "C", PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin` };
  const printed = { stdout: "", stderr: "", output: "" };
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve({ ...printed, failure: "it was interrupted", timedOut: false });
    const child = spawn(command, args, { cwd, env: environment, detached: true, stdio: "pipe" });
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
    const done = (result: Pick<RunResult, "code" | "failure">): void => {
      clearTimeout(timer);
      clearTimeout(killer);
      signal?.removeEventListener("abort", interrupt);
      resolve({ ...printed, ...result, timedOut: stopped === tooLong });
    };

    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (chunk: string) => {
        printed[stream] += chunk;
        printed.output += chunk;
        onOutput?.(chunk, stream);
      });
      if (onLine) createInterface({ input: child[stream] }).on("line", (line) => onLine(line, stream));
    }
    // A command that ends without reading is judged by its exit status.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    child.on("error", (error: NodeJS.ErrnoException) => done({ failure: whyNotStarted(error) }));
    child.on("close", (code, killedBy) => {
      const failure = stopped ?? (killedBy ? `it was ended by ${killedBy}` : undefined);
      done(failure === undefined ? { code: code ?? undefined } : { failure });
    });
  });
}

export function lastLines(text: string, count: number): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
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

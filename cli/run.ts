import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { messageOf } from "./errors";

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** The command and its children are killed when this is over, in milliseconds. */
  readonly timeoutMs?: number;
  /** The command and its children are killed when this aborts. */
  readonly signal?: AbortSignal;
  /** Called for every line of stdout and stderr as it comes. */
  readonly onLine?: (line: string, stream: "stdout" | "stderr") => void;
}

export interface RunResult {
  /** `undefined` when it was killed or never started. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Why it did not run to its end. */
  readonly failure?: string;
}

/** What is kept of each stream: its end says what went wrong. */
const keptBytes = 1 << 20;

/** Runs a command to its end without a shell. Never throws: a command that cannot be started is a result as well. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve) => {
    if (options.signal?.aborted) return resolve({ code: undefined, stdout: "", stderr: "", failure: "interrupted" });
    // A group of its own, so that grandchildren (a compiler, a script's commands) end with it.
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let failure: string | undefined;
    const kill = (why: string) => {
      failure ??= why;
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // It has just ended.
      }
    };
    const onAbort = () => kill("interrupted");
    options.signal?.addEventListener("abort", onAbort);
    const timer =
      options.timeoutMs && setTimeout(() => kill(`no end after ${options.timeoutMs! / 1000} s`), options.timeoutMs);

    const kept = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8");
      child[stream].on("data", (text: string) => (kept[stream] = (kept[stream] + text).slice(-keptBytes)));
      if (options.onLine)
        createInterface({ input: child[stream] }).on("line", (line) => options.onLine?.(line, stream));
    }
    child.on("error", (error) => (failure ??= messageOf(error)));
    child.on("close", (code) => {
      if (timer) clearTimeout(timer);
      options.signal?.removeEventListener("abort", onAbort);
      resolve({ code: failure === undefined ? (code ?? undefined) : undefined, ...kept, ...(failure && { failure }) });
    });
  });
}

export function lastLines(text: string, count: number): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}

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

/**
 * Runs a command to its end and gives its standard output.
 * @throws RunError
 */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<string> {
  // execa exists as ES module only, which this CommonJS package can load in no other way.
  const { execa } = await import("execa");
  const { timeoutMs, signal, input = "", cwd, env, onOutput } = options;
  const child = execa(command, args, {
    input,
    timeout: timeoutMs,
    all: true,
    reject: false,
    // An ordinary user's PATH on Debian lacks sbin, where mke2fs and chroot live.
    env: { ...env, LC_ALL: "C", PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin` },
    ...(cwd && { cwd }),
    ...(signal && { cancelSignal: signal }),
  });
  if (onOutput) child.all.setEncoding("utf8").on("data", onOutput);
  const result = await child;
  if (!result.failed) return result.stdout;
  const reason = result.isCanceled
    ? "it was interrupted"
    : result.timedOut
      ? `it took longer than ${timeoutMs / 1000} s`
      : result.code === "ENOENT"
        ? "it is not installed"
        : result.signal
          ? `it was ended by ${result.signal}`
          : `exit status ${result.exitCode}`;
  throw new RunError(command, reason, result.all, result.exitCode, result.timedOut);
}

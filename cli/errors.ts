/** What the process ends with. 64 to 78 are those of sysexits.h. */
export const ExitCode = {
  ok: 0,
  /** Something is off: a verification failed, a host or the engine refused. */
  off: 1,
  /** EX_USAGE: a wrong option or argument. */
  usage: 64,
  /** EX_UNAVAILABLE: a tool that is needed is missing and could not be had. */
  missingTool: 69,
  /** EX_SOFTWARE: a bug of hardway. */
  bug: 70,
  /** EX_TEMPFAIL: another run holds the lab; try again when it is done. */
  busy: 75,
  /** EX_CONFIG: the lab's configuration has problems. */
  config: 78,
  /** 128 + SIGINT. */
  interrupted: 130,
} as const;

/**
 * An error that the user can understand and fix: only its message is shown, without a stack. The message contains what
 * is wrong and where, what was found, and what to do.
 */
export class UserError extends Error {
  override readonly name: string = "UserError";

  constructor(
    message: string,
    readonly exitCode: number = ExitCode.off,
  ) {
    super(message);
  }
}

/** The user asked to stop (Ctrl-C, SIGTERM, SIGHUP). */
export class InterruptedError extends UserError {
  override readonly name = "InterruptedError";

  constructor(message = "Interrupted.") {
    super(message, ExitCode.interrupted);
  }
}

/** Errors of the layers below that are meant for users; those layers do not know `UserError`. */
const friendlyNames: ReadonlyMap<string, number> = new Map([
  ["ConfigError", ExitCode.config],
  ["MachineError", ExitCode.off],
  ["LockError", ExitCode.busy],
]);

/** How `error` ends the process: what to print on stderr, and the exit code. */
export function describeError(error: unknown): { text: string; exitCode: number } {
  if (error instanceof UserError) return { text: error.message, exitCode: error.exitCode };
  if (error instanceof Error) {
    const exitCode = friendlyNames.get(error.name);
    if (exitCode !== undefined) return { text: error.message, exitCode };
    const problem = fileProblem(error);
    if (problem !== undefined) return { text: problem, exitCode: ExitCode.off };
    return {
      text: `This is a bug in hardway; please report it with this text:\n${error.stack ?? error.message}`,
      exitCode: ExitCode.bug,
    };
  }
  return { text: `This is a bug in hardway: ${String(error)}`, exitCode: ExitCode.bug };
}

/** What is wrong with a file, by the error's code (errno(3)), and what to do. */
const fileProblems: Readonly<Record<string, string>> = {
  EACCES: "permission was denied. Give yourself access, or choose another folder",
  EPERM: "permission was denied. Give yourself access, or choose another folder",
  EROFS: "the file system is read-only. Mount it writable, or choose another folder",
  ENOSPC: "no space is left there. Free some",
  EDQUOT: "your quota of disk space is used up. Free some",
  ENOTDIR: "a part of the path is not a folder. Remove it, or choose another folder",
  EEXIST: "something else is there under that name. Remove it, or choose another folder",
  EISDIR: "a folder is there. Remove it",
  ENOTEMPTY: "a folder is there. Remove it",
  ENOENT: "it is not there. Make it, or choose another folder",
  ELOOP: "its links form a loop. Remove them",
  ENAMETOOLONG: "the name is too long. Choose another folder",
  EIO: "the disk has failed. See the system's log",
  EMFILE: "too many files are open. Raise the limit (ulimit -n)",
  ENFILE: "too many files are open on this computer. Close some programs",
};

/** Plain words for the system calls that Node names. */
const verbs: Readonly<Record<string, string>> = {
  mkdir: "make the folder",
  rename: "write",
  scandir: "read the folder",
  lstat: "look at",
  stat: "look at",
  unlink: "remove",
  rmdir: "remove the folder",
  rm: "remove",
  copyfile: "copy",
  chmod: "change the mode of",
};

/** One sentence about an error of the file system; undefined for any other. */
function fileProblem(error: NodeJS.ErrnoException & { dest?: string }): string | undefined {
  const { code = "", syscall, path, dest } = error;
  const problem = Object.hasOwn(fileProblems, code) ? fileProblems[code] : undefined;
  // A write names no file.
  if (problem === undefined || syscall === undefined || (path === undefined && syscall !== "write")) return undefined;
  const at = dest ?? path;
  const place = at === undefined ? "" : ` ${at}`;
  return `Cannot ${verbs[syscall] ?? syscall}${place} (${code}): ${problem}, then run this again.`;
}

/**
 * What to throw when work on a lab's machines has failed: an interrupt, what is meant for the user or is a bug as it is, and anything
 * else with `text` before it.
 */
export function failureAtWork(error: unknown, signal: AbortSignal, text: string): unknown {
  if (signal.aborted || error instanceof InterruptedError) return new InterruptedError();
  if (error instanceof UserError || error instanceof TypeError || error instanceof ReferenceError) return error;
  return new UserError(`${text}: ${messageOf(error)}`);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

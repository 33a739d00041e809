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
 * Something that the user can understand and mend: shown as its message alone, without a stack. The message says what
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

/** Errors of the layers below that are meant for a person; they do not know `UserError`. */
const friendlyNames: ReadonlyMap<string, number> = new Map([
  ["ConfigError", ExitCode.config],
  ["MachineError", ExitCode.off],
]);

/** How `error` ends the process: what to print on stderr, and the exit code. */
export function describeError(error: unknown): { text: string; exitCode: number } {
  if (error instanceof UserError) return { text: error.message, exitCode: error.exitCode };
  if (error instanceof Error) {
    const exitCode = friendlyNames.get(error.name);
    if (exitCode !== undefined) return { text: error.message, exitCode };
    return {
      text: `This is a bug in hardway; please report it with this text:\n${error.stack ?? error.message}`,
      exitCode: ExitCode.bug,
    };
  }
  return { text: `This is a bug in hardway: ${String(error)}`, exitCode: ExitCode.bug };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

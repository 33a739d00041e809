import { ConcurrentUpdateError } from "@pulumi/pulumi/automation";
import { lastLines } from "../../cloud/run";
import { ExitCode, InterruptedError, UserError } from "../errors";
import type { Interrupt } from "../interrupt";
import type { LabPaths } from "../paths";
import type { ResourceError } from "./engineEvents";
import type { RunLog } from "./runLog";
import { stackAdvice } from "./stackAdvice";

interface EngineRun {
  readonly interrupt: Interrupt;
  readonly paths: LabPaths;
  readonly env: Readonly<Record<string, string>>;
}

/** One clear message instead of the engine's whole log, which stays in a file. */
export function engineFailure(
  error: unknown,
  errors: readonly ResourceError[],
  log: RunLog,
  { interrupt, paths, env }: EngineRun,
): Error {
  if (interrupt.signal.aborted)
    return new InterruptedError('Interrupted. Nothing is lost: "./hardway up" continues where this run ended.');
  if (!(error instanceof Error) || !("commandResult" in error))
    return error instanceof Error ? error : new Error(String(error));
  const { stderr, stdout } = error.commandResult as { stderr: string; stdout: string };
  if (error instanceof ConcurrentUpdateError) {
    return new UserError(
      `The stack is being changed by another run; try again when it is done.\n${lastLines(stderr, 5)}`,
      ExitCode.busy,
    );
  }
  const text =
    errors.length > 0 ? errors.map(describeResourceError).join("\n\n") : lastLines(stderr.trim() || stdout, 15);
  const advice = stackAdvice(text, paths.name, { ...process.env, ...env });
  return new UserError(`${advice ?? text}\n\nThe engine's whole log: ${log.described}`);
}

function describeResourceError({ resource, type, message }: ResourceError): string {
  if (resource === undefined) return message;
  return `${resource} (${type}):\n${message.replace(/^/gm, "  ")}`;
}

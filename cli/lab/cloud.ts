import { existsSync } from "node:fs";
import { join } from "node:path";
import { CloudProcess } from "../../cloud/daemon/CloudProcess";
import type { CloudStatus } from "../../cloud/daemon/control";
import type { Context } from "../context";
import { InterruptedError, UserError } from "../errors";
import type { PhaseReport } from "../progress/progress";
import type { LabSettings } from "./settings";

/** The embedded EC2 of this user; all labs share it, each in a VPC of its own. */
export function openCloud({ state, cache }: Pick<Context, "state" | "cache">): CloudProcess {
  return new CloudProcess({ directory: join(state, "cloud"), cacheDirectory: cache });
}

/** Makes it run. */
export async function ensureCloud(context: Context, report: PhaseReport): Promise<CloudStatus> {
  const { signal } = context.interrupt;
  const onProgress = ({ text }: { text: string }): void => report.text(text);
  return (await fromCloud(openCloud(context).ensure({ signal, onProgress }), signal)).status;
}

/** Whether there is anything of it; without that no lab has a machine in it. */
export function cloudExists({ state }: Pick<Context, "state">): boolean {
  return existsSync(join(state, "cloud"));
}

/**
 * Where the embedded EC2 listens, for a lab that is built on it; undefined for other labs. It is started where it does not run: at the
 * address of the stack file may be somebody else's.
 *
 * @param say is told what takes time then
 */
export async function cloudUrl(
  context: Pick<Context, "state" | "cache">,
  { kind }: Pick<LabSettings, "kind">,
  say: (text: string) => void,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (kind !== "embedded") return undefined;
  const onProgress = ({ text }: { text: string }): void => say(text);
  return (await fromCloud(openCloud(context).ensure({ onProgress, ...(signal && { signal }) }), signal)).status.url;
}

/** Errors of `cloud/` are meant for a person, except those that JavaScript itself throws. */
export async function fromCloud<T>(action: Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await action;
  } catch (error) {
    if (signal?.aborted) throw new InterruptedError();
    if (!(error instanceof Error) || isProgrammingError(error)) throw error;
    throw new UserError(error.message);
  }
}

function isProgrammingError(error: Error): boolean {
  return [TypeError, ReferenceError, RangeError, SyntaxError].some((type) => error instanceof type);
}

import { existsSync } from "node:fs";
import { join } from "node:path";
import { CloudProcess, type EnsuredCloud } from "../../cloud/daemon/CloudProcess";
import type { CloudStatus } from "../../cloud/daemon/control";
import type { Context, Lab } from "./context";
import type { EmbeddedEc2 } from "../engine/ec2Client";
import { InterruptedError, UserError } from "../errors";
import type { PhaseReport } from "../progress/progress";

/** The embedded EC2 of this user; all labs share it, each in a VPC of its own. */
export function openCloud({ state, cache }: Pick<Lab, "state" | "cache">): CloudProcess {
  return new CloudProcess({ directory: join(state, "cloud"), cacheDirectory: cache });
}

/** How to call the API of a running one. */
export function embeddedEc2({ status, accessKey }: Pick<EnsuredCloud, "status" | "accessKey">): EmbeddedEc2 {
  const { accessKeyId, secretAccessKey } = accessKey;
  return { endpoint: status.url, region: "us-east-1", accessKey: accessKeyId, secretKey: secretAccessKey };
}

export interface RunningCloud {
  readonly status: CloudStatus;
  readonly ec2: EmbeddedEc2;
}

/** Starts it where it does not run, in a phase of a command. */
export function ensureCloud(context: Context, report: PhaseReport): Promise<RunningCloud> {
  return runCloud(context, (text) => report.text(text), context.interrupt.signal);
}

/**
 * Starts it where it does not run.
 *
 * @param say called with what takes time
 */
export async function runCloud(
  lab: Pick<Lab, "state" | "cache">,
  say: (text: string) => void,
  signal?: AbortSignal,
): Promise<RunningCloud> {
  const onProgress = ({ text }: { text: string }): void => say(text);
  const cloud = await fromCloud(openCloud(lab).ensure({ onProgress, signal }), signal);
  return { status: cloud.status, ec2: embeddedEc2(cloud) };
}

/** Whether it has a folder; without one no lab has a machine in it. */
export function cloudExists({ state }: Pick<Lab, "state">): boolean {
  return existsSync(join(state, "cloud"));
}

/** The same in a phase of its own, for a lab that is built on it; undefined for other labs. */
export async function cloudPhase(context: Context, { showUrl = false } = {}): Promise<RunningCloud | undefined> {
  if (context.settings.kind !== "embedded") return undefined;
  return context.progress.phase("Cloud", async (report) => {
    const cloud = await ensureCloud(context, report);
    if (showUrl) report.result(cloud.status.url);
    return cloud;
  });
}

/**
 * The embedded EC2 of a lab that is built on it; undefined for other labs. It is started where it does not run: at the address in
 * the stack file may be somebody else's.
 */
export async function cloudOfLab(
  context: Pick<Context, "state" | "cache" | "settings" | "progress" | "interrupt">,
): Promise<RunningCloud | undefined> {
  const { settings, progress, interrupt } = context;
  if (settings.kind !== "embedded") return undefined;
  return runCloud(context, (text) => progress.note(text), interrupt.signal);
}

/** Errors of `cloud/` are meant for users, except those that JavaScript itself throws. */
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

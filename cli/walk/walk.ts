import { messageOf } from "../errors";
import { ownApi } from "../verify/cluster/controlPlane";
import { namespacesPath } from "../verify/cluster/probeObjects";
import { deletionFile } from "../verify/hostScript";
import { runLabels, walkObjects } from "./pod";
import { WalkRows, type WalkRow } from "./rows";
import { lastStep, type WalkStep } from "./steps/table";
import type { Trail } from "./trail";

/** A step with the evidence that was found. */
export interface WalkedStep {
  readonly step: WalkStep;
  readonly rows: readonly WalkRow[];
}

export interface WalkListener {
  /** Called before a step looks. */
  readonly begin: (step: WalkStep) => void;
  readonly end: (walked: WalkedStep) => void;
}

/** For how long a step looks again until all is as expected, in seconds: events, rules and logs come a moment later. */
const stepSeconds = 60;

/** Does the steps one after the other. @throws the signal's reason when it is aborted; any other failure is a row */
export async function walkThrough(
  trail: Trail,
  steps: readonly WalkStep[],
  listener: WalkListener,
  signal?: AbortSignal,
): Promise<WalkedStep[]> {
  const all: WalkedStep[] = [];
  for (const step of steps) {
    listener.begin(step);
    const rows = await lookUntilRight(trail, step, signal);
    const walked = { step, rows };
    listener.end(walked);
    all.push(walked);
  }
  return all;
}

async function lookUntilRight(
  trail: Trail,
  step: WalkStep,
  signal: AbortSignal | undefined,
): Promise<readonly WalkRow[]> {
  const look = async (): Promise<readonly WalkRow[]> => {
    try {
      return await step.look(trail);
    } catch (error) {
      signal?.throwIfAborted();
      const rows = new WalkRows();
      const { pod, controller } = trail.subject;
      const run = `kubectl -n ${pod.namespace} describe pod ${pod.name}`;
      rows.add("what the machines answer", "evidence", messageOf(error), false, { on: controller.name, run });
      return rows.rows;
    }
  };
  // The last step waits by itself, and there is nothing to look at twice.
  if (step.number === lastStep) return look();
  const isRight = (rows: readonly WalkRow[]) => rows.every(({ state }) => state !== "off");
  let isFirst = true;
  const again = () => {
    if (!isFirst) trail.lookAgain();
    isFirst = false;
    return look();
  };
  return trail.until("looking again, since not all is as expected yet", again, isRight, stepSeconds);
}

/** Creates the walk's own pod and its Service. From then on the controller takes them away when this computer does not. */
export async function createOwn({ subject, machines }: Trail, image: string, node: string | undefined): Promise<void> {
  const { controller, run, pod } = subject;
  await machines.hold(controller.name, run);
  const lines = walkObjects(run, image, node).map(({ path, object }) => `${path} ${JSON.stringify(object)}`);
  const values = {
    ...{ ...ownApi, OBJECTS: lines.join("\n"), DELETION: deletionFile(run) },
    NAMESPACE: `${namespacesPath}/${pod.namespace}`,
  };
  const { code, text } = (await machines.ask(controller.name, { create: values }))("create").get("created");
  if (code !== 0) throw new Error(`the pod cannot be made: ${text}`);
}

/** Takes them away, also after an interrupt. @throws Error saying what is still there */
export async function removeOwn({ subject, machines }: Trail): Promise<void> {
  const values = { ...ownApi, NAMES: subject.pod.namespace, DELETION: deletionFile(subject.run) };
  const { code, text } = (await machines.ask(subject.controller.name, { delete: values }, true))("delete").get(
    "deleted",
  );
  if (code !== 0) throw new Error(`the namespace cannot be deleted: ${text}`);
}

/** Leaves them to the user: without the marks by which a verification would take them away. */
export async function keepOwn({ subject, machines }: Trail): Promise<void> {
  const labels = Object.fromEntries(runLabels.map((label) => [label, null]));
  const values = {
    ...{ ...ownApi, DELETION: deletionFile(subject.run), LABELS: JSON.stringify({ metadata: { labels } }) },
    NAMESPACE: `${namespacesPath}/${subject.pod.namespace}`,
  };
  const { code, text } = (await machines.ask(subject.controller.name, { walkkeep: values }))("walkkeep").get("kept");
  if (code !== 0) throw new Error(`the namespace cannot be left: ${text}`);
}

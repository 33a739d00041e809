import { randomBytes } from "node:crypto";
import { ExitCode, failureAtWork, messageOf, UserError } from "../errors";
import { readLogins } from "../lab/builtLab";
import { Context, type GlobalOptions } from "../lab/context";
import { noCluster, requireLab } from "../lab/knownNames";
import { unknownWorker } from "../learn/place";
import { hardway } from "../output/hardway";
import { controllersOf, nodesPath, workersOf } from "../verify/cluster/nodes";
import type { LabPlan } from "../../components/labPlan";
import type { SshLogin } from "../ssh/login";
import { SshMachines } from "../walk/machines";
import { nginxImage, ownPod, type PodName } from "../walk/pod";
import { lastStep, walkSteps } from "../walk/steps/table";
import { renderRows, renderStepStart, renderWalkEnd, renderWalkStart } from "../walk/text";
import { Trail, type WalkSubject } from "../walk/trail";
import { createOwn, keepOwn, removeOwn, walkThrough, type WalkedStep } from "../walk/walk";

interface WalkOptions {
  /** Where the walk's own pod has to run. */
  readonly node?: string;
  /** A pod that is there, as NAMESPACE/NAME. */
  readonly pod?: string;
  readonly step?: string;
  /** Whether the walk's own pod stays. */
  readonly keep?: boolean;
}

/** Seconds to wait for a pod of the user's, which is as it is. */
const briefly = 10;

/** Follows a pod from its manifest to its end, with evidence from the machines. Exit code 1 where a row is not as expected. */
export async function walk(options: GlobalOptions, given: WalkOptions): Promise<number> {
  const context = new Context(options);
  const steps = chosenSteps(given);
  const pod = given.pod === undefined ? undefined : podName(given.pod);
  requireLab(context.paths);
  return context.withLock("walk", async () => {
    const { plan, logins } = await readLogins(context, "walk");
    const run = randomBytes(6).toString("hex");
    const subject = { ...subjectOf(plan, given.node), pod: pod ?? ownPod(run), own: pod === undefined, run };
    const { keep = false } = given;
    const walked = await follow(context, subject, { ...given, keep, steps, logins });
    const ok = walked.every(({ rows }) => rows.every(({ state }) => state !== "off"));
    const command = hardway(context.paths.name);
    return context.finish(
      {
        ...{ pod: `${subject.pod.namespace}/${subject.pod.name}`, own: subject.own, kept: keep, ok },
        steps: walked.map(({ step, rows }) => ({ step: step.number, title: step.title, rows })),
      },
      () => renderWalkEnd(walked, subject, { kept: keep, command }),
      ok ? ExitCode.ok : ExitCode.off,
    );
  });
}

/** The steps that are asked for. @throws UserError where they cannot be done that way */
export function chosenSteps({ pod, keep, step }: WalkOptions): typeof walkSteps {
  const deletes = pod === undefined && keep !== true;
  if (step === String(lastStep) && !deletes)
    throw new UserError(
      `Step ${lastStep} deletes the walk's own pod, so it goes with neither --pod nor --keep.`,
      ExitCode.usage,
    );
  return walkSteps.filter(({ number }) =>
    step === undefined ? deletes || number !== lastStep : step === String(number),
  );
}

/** @throws UserError for a text that names no pod */
export function podName(text: string): PodName {
  const [, namespace = "", name = ""] = /^([a-z0-9-]+)\/([a-z0-9.-]+)$/.exec(text) ?? [];
  if (name === "")
    throw new UserError(`--pod takes NAMESPACE/NAME, such as default/nginx; found ${text}.`, ExitCode.usage);
  return { namespace, name };
}

/** @throws UserError for a lab without a cluster, or without that worker */
export function subjectOf(
  plan: LabPlan,
  node: string | undefined,
): Pick<WalkSubject, "plan" | "cluster" | "controller"> {
  const { cluster } = plan;
  const [controller] = controllersOf(plan);
  if (cluster === undefined || controller === undefined) throw noCluster("A walk");
  const workers = workersOf(plan).map(({ name }) => name);
  if (node !== undefined && !workers.includes(node)) throw unknownWorker(node, workers);
  return { plan, cluster, controller };
}

interface Following extends WalkOptions {
  readonly keep: boolean;
  readonly steps: typeof walkSteps;
  readonly logins: ReadonlyMap<string, SshLogin>;
}

async function follow(
  context: Context,
  subject: WalkSubject,
  { node, keep, steps, logins }: Following,
): Promise<WalkedStep[]> {
  const { options, colors } = context;
  const { signal } = context.interrupt;
  const say = (text: string) => {
    if (options.json === true) context.progress.note(text);
    else context.print(text);
  };
  const progress = (text: string) => say(colors.dim(`   ... ${text}`));
  const machines = new SshMachines(subject.plan, logins, signal);
  const trail = new Trail(subject, machines, { progress, signal, ...(!subject.own && { waitSeconds: briefly }) });
  const listener = {
    begin: (step: (typeof steps)[number]) =>
      say(options.json === true ? `${step.number}. ${step.title}` : renderStepStart(step, colors)),
    end: (walked: WalkedStep) => {
      if (options.json !== true) context.print(renderRows(walked, colors));
    },
  };
  const all = () => walkThrough(trail, steps, listener, signal);
  try {
    if (!subject.own) await mustBeWalkable(trail);
    if (options.json !== true) context.print(renderWalkStart(subject, colors));
    if (!subject.own) return await all();
    let isDone = false;
    try {
      await createOwn(trail, nginxImage((await trail.api([nodesPath])).text(nodesPath), node), node);
      const walked = await all();
      if (keep) await keepOwn(trail);
      isDone = true;
      return walked;
    } finally {
      if (!keep || !isDone) {
        progress("deleting its namespace");
        await removeOwn(trail);
      }
    }
  } catch (error) {
    throw failureAtWork(error, signal, "The walk could not be made");
  } finally {
    await machines.close();
  }
}

/** @throws UserError for a pod that is not there, or has no network of its own */
async function mustBeWalkable(trail: Trail): Promise<void> {
  const { namespace, name } = trail.subject.pod;
  const pod = await trail.pod().catch((error: unknown) => {
    throw new UserError(`There is no pod ${namespace}/${name} to walk along: ${messageOf(error)}.`);
  });
  if (pod.spec.hostNetwork === true)
    throw new UserError(
      `${namespace}/${name} has its Node's own network (hostNetwork), so that no plugin was called for it. Take another pod.`,
      ExitCode.usage,
    );
}

import {
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
  type EC2Client,
} from "@aws-sdk/client-ec2";
import { setTimeout as sleep } from "node:timers/promises";
import type { CloudInstance } from "../../cloud/daemon/control";
import type { Context } from "./context";
import { UserError } from "../errors";
import type { PhaseReport } from "../progress/progress";
import { cloudExists, fromCloud, openCloud, runCloud } from "./cloud";
import { ec2Client, type EmbeddedEc2 } from "../engine/ec2Client";

/** The project of Pulumi.yaml. */
const project = "hardway";

/** How long machines may take to boot or to shut down. */
const changeLimitMs = 20 * 60_000;
const pollMs = 500;

/** The instances in the embedded EC2, in the order of their names; none where it does not run. */
export async function cloudInstances(context: Pick<Context, "state" | "cache">): Promise<CloudInstance[]> {
  const status = await fromCloud(openCloud(context).status());
  return (status?.instances ?? [])
    .filter(({ state }) => state !== "terminated")
    .sort((a, b) => nodeName(a).localeCompare(nodeName(b)));
}

/** Those of them that are the lab's. */
export async function labInstances(context: Pick<Context, "state" | "cache" | "paths">): Promise<CloudInstance[]> {
  return (await cloudInstances(context)).filter((instance) => labOf(instance) === context.paths.name);
}

/**
 * The same for a command that needs them: the embedded EC2 is started where it does not run. Undefined where there is
 * no embedded EC2 at all.
 *
 * @param say called with what takes time then
 */
export async function knownInstances(
  context: Pick<Context, "state" | "cache" | "paths">,
  say: (text: string) => void,
): Promise<CloudInstance[] | undefined> {
  if (!cloudExists(context)) return undefined;
  await runCloud(context, say);
  return labInstances(context);
}

/**
 * The lab that an instance belongs to, according to the tags that the components set; undefined for an instance that
 * was made by others.
 */
export function labOf({ tags }: Pick<CloudInstance, "tags">): string | undefined {
  return tags["hardway:project"] === project ? tags["hardway:stack"] : undefined;
}

/** The name of the node that runs on an instance. */
export function nodeName({ name, id }: Pick<CloudInstance, "name" | "id">): string {
  return name ?? id;
}

/**
 * Boots those of the lab's instances that are stopped, and waits until they answer.
 *
 * @param except nodes that are left as they are
 * @returns their names
 */
export function startInstances(
  context: Context,
  ec2: EmbeddedEc2,
  report: PhaseReport,
  except: readonly string[] = [],
): Promise<string[]> {
  return change(context, ec2, report, {
    instances: async () => (await labInstances(context)).filter((instance) => !except.includes(nodeName(instance))),
    from: "stopped",
    to: "running",
    text: "booting",
    send: (client, InstanceIds) => client.send(new StartInstancesCommand({ InstanceIds })),
  });
}

/**
 * Shuts running instances down, and waits until they are off.
 *
 * @param instances which ones, by default the lab's
 * @returns their names
 */
export function stopInstances(
  context: Context,
  ec2: EmbeddedEc2,
  report: PhaseReport,
  instances = () => labInstances(context),
): Promise<string[]> {
  return change(context, ec2, report, {
    instances,
    from: "running",
    to: "stopped",
    text: "shutting down",
    send: (client, InstanceIds) => client.send(new StopInstancesCommand({ InstanceIds })),
  });
}

/** Removes the lab's machines with their disks, and waits until they are gone. @returns their names */
export async function terminateInstances(context: Context, ec2: EmbeddedEc2, report: PhaseReport): Promise<string[]> {
  const { signal } = context.interrupt;
  const left = await labInstances(context);
  const command = new TerminateInstancesCommand({ InstanceIds: left.map(({ id }) => id) });
  await withClient(context, ec2, (client) => client.send(command));
  for (const machine of left) report.part(nodeName(machine), "removing");
  for (const deadline = Date.now() + changeLimitMs; ; await sleep(pollMs, undefined, { signal })) {
    const still = await labInstances(context);
    if (still.length === 0) return left.map(nodeName);
    if (Date.now() > deadline)
      throw new UserError(`Not gone within ${changeLimitMs / 60_000} minutes: ${still.map(nodeName).join(", ")}.`);
  }
}

/** Advice for an instance that has lost a file that it cannot run without; see InstanceFolders. */
function wayOut(instance: CloudInstance): string {
  return instance.stateReason?.includes("cannot go on without it") === true
    ? `\n"./hardway up --replace ${nodeName(instance)}" removes it with its disks and makes a new one.`
    : "";
}

interface Change {
  readonly instances: () => Promise<CloudInstance[]>;
  readonly from: "running" | "stopped";
  readonly to: "running" | "stopped";
  readonly text: string;
  readonly send: (client: EC2Client, ids: string[]) => Promise<unknown>;
}

async function withClient<T>(context: Context, ec2: EmbeddedEc2, work: (client: EC2Client) => Promise<T>): Promise<T> {
  const client = ec2Client(ec2);
  try {
    return await fromCloud(work(client), context.interrupt.signal);
  } finally {
    client.destroy();
  }
}

function change(context: Context, ec2: EmbeddedEc2, report: PhaseReport, change: Change): Promise<string[]> {
  const { signal } = context.interrupt;
  return withClient(context, ec2, (client) => changeAll(client, signal, report, change));
}

async function changeAll(
  client: EC2Client,
  signal: AbortSignal,
  report: PhaseReport,
  change: Change,
): Promise<string[]> {
  const deadline = Date.now() + changeLimitMs;
  /** Names by id: two labs may have nodes of one name. */
  const asked = new Map<string, string>();
  for (;;) {
    // An instance in transition (pending, stopping) cannot be asked yet.
    const waiting = (await change.instances()).filter(({ state }) => state !== change.to);
    const ready = waiting.filter(({ state }) => state === change.from);
    const failed = ready.find(({ id }) => asked.has(id));
    if (failed)
      throw new UserError(
        `${nodeName(failed)} is ${failed.state} again: ${failed.stateReason ?? "no reason is known"}${wayOut(failed)}`,
      );
    if (ready.length > 0)
      await change.send(
        client,
        ready.map(({ id }) => id),
      );
    for (const instance of ready) {
      asked.set(instance.id, nodeName(instance));
      report.part(nodeName(instance), change.text);
    }
    for (const [id, name] of asked) if (!waiting.some((instance) => instance.id === id)) report.partDone(name);
    if (waiting.length === 0) return [...asked.values()].sort();
    if (Date.now() > deadline)
      throw new UserError(
        `Not ${change.to} within ${changeLimitMs / 60_000} minutes: ${waiting.map(nodeName).join(", ")}.`,
      );
    await sleep(pollMs, undefined, { signal });
  }
}

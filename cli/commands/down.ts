import type { CloudInstance } from "../../cloud/daemon/control";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { Context, type GlobalOptions } from "../lab/context";
import { describeSummary } from "../engine/engineEvents";
import { cloudPhase, ensureCloud, fromCloud, openCloud } from "../lab/cloud";
import { knownInstances, terminateInstances } from "../lab/instances";
import type { LabKind } from "../settings/settings";
import { ensureEngineTools, openStack } from "../lab/tools";
import { confirm } from "../output/confirm";

/** Undoes what `up` did: everything of the stack, then the lab's folder, and the embedded EC2 when nothing is left in it. */
export async function down(options: GlobalOptions): Promise<number> {
  const context = new Context(options);
  const { paths, settings } = context;
  // The folder may have been removed without the machines.
  const left = settings.kind === "embedded" ? await labMachines(context) : [];
  if (!existsSync(paths.directory) && left.length === 0)
    return context.finish({ lab: paths.name, removed: [] }, () => `There is no lab "${paths.name}"; nothing to do.`);
  await confirm(options, questions[settings.kind](paths.name));
  return context.withLock("down", async () => {
    const removed = ["stack", "folder"];
    await destroyStack(context);
    if (settings.kind === "embedded") await removeLeft(context);
    rmSync(paths.directory, { recursive: true, force: true });
    // Disks of lost machines may be those of another lab.
    const withLost = !readdirSync(dirname(paths.directory)).some((name) => !name.startsWith("."));
    if (settings.kind === "embedded" && (await fromCloud(openCloud(context).removeIfEmpty({ withLost }))))
      removed.push("cloud");
    return context.finish({ lab: paths.name, removed }, () => `Lab "${paths.name}" is gone.`);
  });
}

async function labMachines(context: Context): Promise<CloudInstance[]> {
  const { progress } = context;
  return (await knownInstances(context, (text) => progress.note(text))) ?? [];
}

/** Only the stack knows the lab's machines, and it may have been lost: a machine that still runs must not be reported as gone. */
async function removeLeft(context: Context): Promise<void> {
  if ((await labMachines(context)).length === 0) return;
  await context.progress.phase("Machines", async (report) => {
    const { ec2 } = await ensureCloud(context, report);
    const names = await terminateInstances(context, ec2, report);
    report.result(`removed ${names.join(", ")}, of which the stack did not know`);
  });
}

const questions: Readonly<Record<LabKind, (lab: string) => string>> = {
  embedded: (lab) => `Remove lab "${lab}" with its machines and their disks?`,
  aws: (lab) => `Remove lab "${lab}" with its VPC and instances on AWS?`,
  hosts: (lab) => `Undo lab "${lab}" on your hosts?`,
};

async function destroyStack(context: Context): Promise<void> {
  const { progress } = context;
  const tools = await progress.phase("Tools", (report) => ensureEngineTools(context, report));
  await cloudPhase(context);
  await progress.phase("Stack", async (report) => {
    const stack = await openStack(context, tools, "down");
    await stack.tidyUp(report);
    const summary = await stack.destroy(report);
    await stack.remove();
    report.result(describeSummary(summary));
  });
}

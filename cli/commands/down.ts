import { existsSync, readdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { Context, type GlobalOptions } from "../context";
import { describeSummary } from "../engine/engineEvents";
import { ExitCode } from "../errors";
import { ensureCloud, fromCloud, openCloud } from "../lab/cloud";
import { readSettings, type LabKind, type LabSettings } from "../lab/settings";
import { ensureEngineTools, openStack } from "../lab/tools";
import { confirm } from "../output/confirm";
import { repositoryRoot } from "../paths";

/** Undoes what `up` did: everything of the stack, then the lab's folder, and the embedded EC2 when nothing is left in it. */
export async function down(options: GlobalOptions): Promise<number> {
  const context = new Context(options);
  const { paths, progress } = context;
  if (!existsSync(paths.directory)) {
    if (options.json) context.printJson({ lab: paths.name, removed: [] });
    else context.print(`There is no lab "${paths.name}"; nothing to do.`);
    return ExitCode.ok;
  }
  const settings = readSettings(repositoryRoot, paths);
  await confirm(options, questions[settings.kind](paths.name));
  return context.withLock("down", async () => {
    const removed = ["stack", "folder"];
    await destroyStack(context, settings);
    rmSync(paths.directory, { recursive: true, force: true });
    // Disks of lost machines may be those of another lab.
    const withLost = !readdirSync(dirname(paths.directory)).some((name) => !name.startsWith("."));
    if (settings.kind === "embedded" && (await fromCloud(openCloud(context).removeIfEmpty({ withLost }))))
      removed.push("cloud");
    progress.close();
    if (options.json) context.printJson({ lab: paths.name, removed });
    else context.print(`Lab "${paths.name}" is gone.`);
    return ExitCode.ok;
  });
}

const questions: Readonly<Record<LabKind, (lab: string) => string>> = {
  embedded: (lab) => `Remove lab "${lab}" with its machines and their disks?`,
  aws: (lab) => `Remove lab "${lab}" with its VPC and instances on AWS?`,
  hosts: (lab) => `Undo lab "${lab}" on your hosts?`,
};

async function destroyStack(context: Context, settings: LabSettings): Promise<void> {
  const { progress } = context;
  const tools = await progress.phase("Tools", (report) => ensureEngineTools(context, settings, report));
  if (settings.kind === "embedded") await progress.phase("Cloud", (report) => ensureCloud(context, report));
  await progress.phase("Stack", async (report) => {
    const stack = await openStack(context, tools, settings, "down");
    await stack.tidyUp(report);
    const summary = await stack.destroy(report);
    await stack.remove();
    report.result(describeSummary(summary, "done"));
  });
}

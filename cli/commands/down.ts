import type { MachineStatus } from "../../cloud/machines/types";
import { existsSync, rmSync } from "node:fs";
import { Context, type GlobalOptions } from "../context";
import { describeSummary } from "../engine/engineEvents";
import { ExitCode, InterruptedError, messageOf, UserError } from "../errors";
import { fromCloud, machinesOf, openMachines } from "../lab/machines";
import { readSettings, type LabSettings } from "../lab/settings";
import { ensureEngineTools, openStack } from "../lab/tools";
import { confirm } from "../output/confirm";
import { repositoryRoot } from "../paths";

export interface DownOptions {
  readonly keepMachines?: boolean;
}

/** Undoes what `up` did: the stack on the hosts, then the machines, then the lab's folder. */
export async function down(options: GlobalOptions, { keepMachines = false }: DownOptions): Promise<number> {
  const context = new Context(options);
  const { paths, progress } = context;
  if (!existsSync(paths.directory)) {
    if (options.json) context.printJson({ lab: paths.name, removed: [] });
    else context.print(`There is no lab "${paths.name}"; nothing to do.`);
    return ExitCode.ok;
  }
  const settings = readSettings(repositoryRoot, paths.name);
  const machines = await machinesOf(paths, context.cache);
  await confirm(options, question(context, machines.length > 0, keepMachines));
  return context.withLock("down", async () => {
    await destroyStack(context, settings, keepMachines ? [] : machines);
    const removed = ["stack"];
    if (!keepMachines) {
      // Also what a first run that broke off has left.
      if (!settings.bringYourOwn || machines.length > 0) {
        await destroyMachines(context);
        removed.push("machines");
      }
      rmSync(paths.directory, { recursive: true, force: true });
      removed.push("folder");
    }
    progress.close();
    if (options.json) context.printJson({ lab: paths.name, removed });
    else
      context.print(
        keepMachines ? `Lab "${paths.name}" is undone; its machines are kept.` : `Lab "${paths.name}" is gone.`,
      );
    return ExitCode.ok;
  });
}

function question({ paths }: Context, hasMachines: boolean, keepMachines: boolean): string {
  if (keepMachines) return `Undo lab "${paths.name}" on its hosts and keep the machines?`;
  return hasMachines
    ? `Remove lab "${paths.name}" with its machines and their disks?`
    : `Undo lab "${paths.name}" on your hosts?`;
}

/** @param doomed machines that are deleted next, with whatever is on them. */
async function destroyStack(context: Context, settings: LabSettings, doomed: readonly MachineStatus[]): Promise<void> {
  const { progress } = context;
  const tools = await progress.phase("Tools", (report) => ensureEngineTools(context, settings, report));
  await progress.phase("Stack", async (report) => {
    const stack = await openStack(context, tools, "down");
    if (doomed.some((machine) => machine.state !== "running")) {
      report.result("forgotten, because its machines do not run");
      return stack.remove(true);
    }
    try {
      const summary = await stack.destroy(report);
      await stack.remove(false);
      report.result(describeSummary(summary, "done"));
    } catch (error) {
      if (
        doomed.length === 0 ||
        error instanceof InterruptedError ||
        !(error instanceof UserError) ||
        error.exitCode === ExitCode.busy
      )
        throw error;
      progress.note(
        `Undoing the stack failed; the machines are deleted with all that is on them.\n${messageOf(error)}`,
      );
      await stack.remove(true);
    }
  });
}

async function destroyMachines(context: Context): Promise<void> {
  const { signal } = context.interrupt;
  await context.progress.phase("Machines", async (report) => {
    await fromCloud(
      openMachines(context.paths, context.cache).destroy({
        signal,
        onProgress: ({ machine, text }) => (machine === undefined ? report.text(text) : report.part(machine, text)),
      }),
      signal,
    );
    report.result("deleted");
  });
}

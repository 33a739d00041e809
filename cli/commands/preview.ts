import { existsSync } from "node:fs";
import { join } from "node:path";
import { Context, type GlobalOptions } from "../context";
import { describeSummary, hasChanges } from "../engine/engineEvents";
import { ExitCode } from "../errors";
import { renderPreviewInventory, writeInventory } from "../lab/inventory";
import { checkBeforeMachines, readSettings } from "../lab/settings";
import { ensureEngineTools, openStack } from "../lab/tools";
import { repositoryRoot } from "../paths";

/** Shows what `up` would do to the stack; makes no machines and logs in nowhere. */
export async function preview(options: GlobalOptions): Promise<number> {
  const context = new Context(options);
  const settings = readSettings(repositoryRoot, context.paths.name);
  return context.withLock("preview", async () => {
    const { progress, paths } = context;
    const tools = await progress.phase("Tools", (report) => ensureEngineTools(context, settings, report));
    const planned =
      settings.bringYourOwn || existsSync(paths.inventory)
        ? undefined
        : join(paths.workspace, "preview-inventory.json");
    if (planned !== undefined) {
      writeInventory(planned, renderPreviewInventory(checkBeforeMachines(settings, repositoryRoot).workers));
    }
    const summary = await progress.phase("Preview", async (report) => {
      const stack = await openStack(
        context,
        tools,
        "preview",
        planned === undefined ? {} : { HARDWAY_INVENTORY: planned },
      );
      const result = await stack.preview(report);
      report.result(describeSummary(result, "planned"));
      return result;
    });
    progress.close();
    if (options.json)
      context.printJson({
        machines: planned === undefined ? "present" : "to be made",
        changes: hasChanges(summary),
        summary,
      });
    else
      context.print(
        `Preview of lab "${paths.name}": ${describeSummary(summary, "planned")}${planned ? ", on machines that are made first" : ""}.`,
      );
    return ExitCode.ok;
  });
}

import { Context, type GlobalOptions } from "../lab/context";
import { describeSummary, hasChanges } from "../engine/engineEvents";
import { cloudPhase } from "../lab/cloud";
import { expectedMirror } from "../lab/neededBuilds";
import { repositoryRoot } from "../paths";
import { checkedConfig } from "../settings/settings";
import { ensureTools, openStack } from "../lab/tools";

/** Shows what `up` would do to the stack; makes no machines and logs in nowhere. */
export async function preview(options: GlobalOptions): Promise<number> {
  const context = new Context(options);
  checkedConfig(context.settings, repositoryRoot, expectedMirror(context), context.plugins);
  return context.withLock("preview", async () => {
    const { progress, paths } = context;
    const tools = await progress.phase("Tools", (report) => ensureTools(context, report));
    // A preview asks it for images and zones, as it asks AWS.
    await cloudPhase(context);
    const summary = await progress.phase("Preview", async (report) => {
      const stack = await openStack(context, tools, "preview");
      const result = await stack.preview(report);
      report.result(describeSummary(result, "planned"));
      return result;
    });
    return context.finish(
      { changes: hasChanges(summary), summary },
      () => `Preview of lab "${paths.name}": ${describeSummary(summary, "planned")}.`,
    );
  });
}

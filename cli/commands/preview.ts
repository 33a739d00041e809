import { Context, type GlobalOptions } from "../lab/context";
import { describeSummary, hasChanges } from "../engine/engineEvents";
import { cloudPhase } from "../lab/cloud";
import { labConfig } from "../lab/configuration";
import { renderPreview } from "../preview/previewText";
import { previewLab } from "../preview/labPreview";
import { ensureTools, openStack } from "../lab/tools";

interface PreviewOptions {
  /** Whether to add the changed lines of scripts and files. */
  readonly diff?: boolean;
}

/** Shows what `up` would do to the stack; makes no machines and logs in nowhere. */
export async function preview(options: GlobalOptions, { diff = false }: PreviewOptions): Promise<number> {
  const context = new Context(options);
  const config = labConfig(context);
  return context.withLock("preview", async () => {
    const { progress, paths, colors } = context;
    const tools = await progress.phase("Tools", (report) => ensureTools(context, report));
    // A preview asks it for images and zones, as it asks AWS.
    await cloudPhase(context);
    const result = await progress.phase("Preview", async (report) => {
      const stack = await openStack(context, tools, "preview");
      const result = await stack.preview(report);
      report.result(describeSummary(result.summary, "planned"));
      return result;
    });
    const { summary } = result;
    const preview = previewLab(result, config);
    return context.finish({ changes: hasChanges(summary), summary, ...preview }, () =>
      renderPreview({ lab: paths.name, summary, preview, diff }, colors),
    );
  });
}

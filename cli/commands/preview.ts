import { join } from "node:path";
import { hasChanges } from "../engine/engineEvents";
import { ExitCode } from "../errors";
import { cloudPhase } from "../lab/cloud";
import { labConfig } from "../lab/configuration";
import { Context, type GlobalOptions } from "../lab/context";
import { ensureTools, openStack } from "../lab/tools";
import { repositoryRoot } from "../paths";
import { previewLab } from "../preview/labPreview";
import { breaksMandatory } from "../preview/policyReview";
import { renderPreview } from "../preview/previewText";

interface PreviewOptions {
  /** Whether to add the changed lines of scripts and files. */
  readonly diff?: boolean;
  /** Whether to check it against the rules of `policy/`. */
  readonly policy?: boolean;
}

/**
 * Shows what `up` would do to the stack; makes no machines and logs in nowhere.
 *
 * @returns exit code 1 where a mandatory rule is broken
 */
export async function preview(options: GlobalOptions, given: PreviewOptions): Promise<number> {
  const { diff = false, policy = false } = given;
  const context = new Context(options);
  const config = labConfig(context);
  return context.withLock("preview", async () => {
    const { progress, paths, colors } = context;
    const tools = await progress.phase("Tools", (report) => ensureTools(context, report));
    // A preview asks it for images and zones, as it asks AWS.
    await cloudPhase(context);
    const result = await progress.phase("Preview", async (report) => {
      const stack = await openStack(context, tools, "preview");
      return stack.preview(report, policy ? { policyPack: join(repositoryRoot, "policy") } : {});
    });
    const { summary } = result;
    const preview = previewLab(result, config);
    const isRefused = preview.policies !== undefined && breaksMandatory(preview.policies);
    return context.finish(
      { changes: hasChanges(summary), summary, ...preview },
      () => renderPreview({ lab: paths.name, summary, preview, diff }, colors),
      isRefused ? ExitCode.off : ExitCode.ok,
    );
  });
}

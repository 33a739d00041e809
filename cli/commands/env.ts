import { accessKeyVariables, renderExports } from "../engine/environment";
import { withEndpoint, writeWorkspace } from "../engine/workspaceFiles";
import { cloudExists, cloudOfLab, type RunningCloud } from "../lab/cloud";
import { Context, type GlobalOptions } from "../lab/context";
import { mirrorVariables } from "../lab/neededBuilds";
import { labStackFile, readStackFile } from "../settings/stackFile";
import { ensureEngineTools, openStack, type Tools } from "../lab/tools";
import { repositoryRoot } from "../paths";
import { join } from "node:path";
import { existsSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { readYamlIfThere, section } from "../yaml";

/** Prints `export` lines with which plain `pulumi` in the checkout works on this lab. */
export async function env(options: GlobalOptions): Promise<number> {
  const context = new Context(options, true);
  const { progress } = context;
  const tools = await progress.phase("Tools", (report) => ensureEngineTools(context, report));
  const { status, ec2 } = (await runningCloud(context)) ?? {};
  if (ec2 !== undefined) await tellStack(context, tools, ec2.endpoint);
  const variables = {
    ...tools.env,
    ...mirrorVariables(context, status?.mirror),
    ...(ec2 && accessKeyVariables(ec2)),
    ...stackFileVariable(context, ec2?.endpoint),
  };
  return context.finish(variables, () => renderExports(variables));
}

/** Starts the embedded EC2, since plain `pulumi` would talk to whoever listens at its address; not one that was never started. */
async function runningCloud(context: Context): Promise<RunningCloud | undefined> {
  const { settings, progress } = context;
  if (cloudExists(context)) return cloudOfLab(context);
  if (settings.kind === "embedded")
    progress.note(
      'The embedded EC2 does not run yet, and its access key is missing here; start it with "./hardway cloud start" and ask again.',
    );
  return undefined;
}

/** Updates the state: a refresh or destroy takes the address from there. */
async function tellStack(context: Context, tools: Tools, url: string): Promise<void> {
  const { paths, progress } = context;
  const known = readYamlIfThere(labStackFile(paths));
  const wasTold = section(known["config"])["aws:endpoints"] !== undefined;
  if (!wasTold || isDeepStrictEqual(known, withEndpoint(known, url))) return;
  await context.withLock("env", () =>
    progress.phase("Stack", async (report) => (await openStack(context, tools, "env")).relocate(report)),
  );
}

/**
 * A lab without a stack file in the checkout has its own copy, and so has one with settings of its own; and the embedded EC2 may
 * be reached in another way than the checkout's file says. The engine takes every flag from PULUMI_OPTION_<FLAG> too.
 */
function stackFileVariable({ paths }: Context, url: string | undefined): Record<string, string> {
  const { checkout, differing } = readStackFile(repositoryRoot, paths);
  const differs = differing.length > 0 || !isDeepStrictEqual(checkout, withEndpoint(checkout, url));
  if (existsSync(join(repositoryRoot, `Pulumi.${paths.name}.yaml`)) && !differs) return {};
  writeWorkspace(paths, repositoryRoot, url);
  return { PULUMI_OPTION_CONFIG_FILE: labStackFile(paths) };
}

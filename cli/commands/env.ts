import { defaultEndpoint } from "../../cloud/daemon/CloudProcess";
import { Context, type GlobalOptions } from "../context";
import { endpointsAt, writeWorkspace } from "../engine/workspaceFiles";
import { ExitCode } from "../errors";
import { cloudExists, cloudUrl } from "../lab/cloud";
import { mirrorVariables } from "../lab/mirror";
import { labStackFile, readStackFile } from "../settings/stackFile";
import { ensureEngineTools, openStack, type Tools } from "../lab/tools";
import { repositoryRoot } from "../paths";
import { renderExports } from "../toolchain/environment";
import { join } from "node:path";
import { existsSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { readYaml, section } from "../yaml";

const defaultUrl = `http://${defaultEndpoint.host}:${defaultEndpoint.port}`;

/** Prints `export` lines with which plain `pulumi` in the checkout works on this lab. */
export async function env(options: GlobalOptions): Promise<number> {
  const context = new Context(options, true);
  const { progress } = context;
  const tools = await progress.phase("Tools", (report) => ensureEngineTools(context, report));
  const url = await urlOf(context);
  if (url !== undefined) await tellStack(context, tools, url);
  progress.close();
  const variables = {
    ...tools.env,
    ...(await mirrorVariables(context)),
    ...stackFileVariable(context, url),
  };
  if (options.json) context.printJson(variables);
  else context.print(renderExports(variables));
  return ExitCode.ok;
}

/** Plain `pulumi` would ask whoever listens at the stack file's address, so it runs after this, unless it has never run. */
async function urlOf(context: Context): Promise<string | undefined> {
  const { settings, progress } = context;
  if (cloudExists(context)) return cloudUrl(context);
  if (settings.kind === "embedded")
    progress.note('The embedded EC2 does not run yet; start it with "./hardway cloud start" before pulumi works.');
  return undefined;
}

/** A refresh or destroy takes its address from the state, as of the last run. */
async function tellStack(context: Context, tools: Tools, url: string): Promise<void> {
  const { paths, progress } = context;
  const file = labStackFile(paths);
  const known = existsSync(file) ? section(readYaml(file)["config"])["aws:endpoints"] : undefined;
  if (known === undefined || isDeepStrictEqual(known, endpointsAt(url))) return;
  await context.withLock("env", () =>
    progress.phase("Stack", async (report) => (await openStack(context, tools, "env")).relocate(report)),
  );
}

/**
 * A lab without a stack file in the checkout has its own copy, and so has one with settings of its own; and the embedded EC2 may
 * listen elsewhere than the checkout's file says. The engine takes every flag from PULUMI_OPTION_<FLAG> too.
 */
function stackFileVariable({ paths }: Context, url: string | undefined): Record<string, string> {
  const elsewhere = url !== undefined && url !== defaultUrl;
  const differs = readStackFile(repositoryRoot, paths).differing.length > 0;
  if (existsSync(join(repositoryRoot, `Pulumi.${paths.name}.yaml`)) && !elsewhere && !differs) return {};
  writeWorkspace(paths, repositoryRoot, url);
  return { PULUMI_OPTION_CONFIG_FILE: labStackFile(paths) };
}

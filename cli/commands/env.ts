import { Context, type GlobalOptions } from "../context";
import { writeWorkspace, labStackFile } from "../engine/workspaceFiles";
import { ExitCode } from "../errors";
import { readSettings } from "../lab/settings";
import { ensureEngineTools } from "../lab/tools";
import { repositoryRoot } from "../paths";
import { renderExports } from "../toolchain/environment";
import { join } from "node:path";
import { existsSync } from "node:fs";

/** Prints `export` lines with which plain `pulumi` in the checkout works on this lab. */
export async function env(options: GlobalOptions): Promise<number> {
  const context = new Context(options, true);
  const { paths, progress } = context;
  const settings = readSettings(repositoryRoot, paths.name);
  const tools = await progress.phase("Tools", (report) => ensureEngineTools(context, settings, report));
  progress.close();
  const variables = { ...tools.env, ...stackFileVariable(context) };
  if (options.json) context.printJson(variables);
  else context.print(renderExports(variables));
  return ExitCode.ok;
}

/** A lab without a stack file in the checkout has its own copy; the engine takes every flag from PULUMI_OPTION_<FLAG> too. */
function stackFileVariable({ paths }: Context): Record<string, string> {
  if (existsSync(join(repositoryRoot, `Pulumi.${paths.name}.yaml`))) return {};
  if (!existsSync(labStackFile(paths))) writeWorkspace(paths, repositoryRoot);
  return { PULUMI_OPTION_CONFIG_FILE: labStackFile(paths) };
}

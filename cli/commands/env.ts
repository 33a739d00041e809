import { defaultEndpoint } from "../../cloud/daemon/CloudProcess";
import { Context, type GlobalOptions } from "../context";
import { writeWorkspace } from "../engine/workspaceFiles";
import { ExitCode } from "../errors";
import { cloudUrl } from "../lab/cloud";
import { mirrorVariables } from "../lab/mirror";
import { readSettings, type LabSettings } from "../lab/settings";
import { labStackFile, readStackFile } from "../lab/stackFile";
import { ensureEngineTools } from "../lab/tools";
import { repositoryRoot } from "../paths";
import { renderExports } from "../toolchain/environment";
import { join } from "node:path";
import { existsSync } from "node:fs";

const defaultUrl = `http://${defaultEndpoint.host}:${defaultEndpoint.port}`;

/** Prints `export` lines with which plain `pulumi` in the checkout works on this lab. */
export async function env(options: GlobalOptions): Promise<number> {
  const context = new Context(options, true);
  const { paths, progress } = context;
  const settings = readSettings(repositoryRoot, paths);
  const tools = await progress.phase("Tools", (report) => ensureEngineTools(context, settings, report));
  progress.close();
  const variables = {
    ...tools.env,
    ...(await mirrorVariables(context, settings)),
    ...(await stackFileVariable(context, settings)),
  };
  if (options.json) context.printJson(variables);
  else context.print(renderExports(variables));
  return ExitCode.ok;
}

/**
 * A lab without a stack file in the checkout has its own copy, and so has one with settings of its own; and the embedded EC2 may
 * listen elsewhere than the checkout's file says. The engine takes every flag from PULUMI_OPTION_<FLAG> too.
 */
async function stackFileVariable(context: Context, settings: LabSettings): Promise<Record<string, string>> {
  const { paths } = context;
  const url = await cloudUrl(context, settings);
  const elsewhere = url !== undefined && url !== defaultUrl;
  const differs = readStackFile(repositoryRoot, paths).differing.length > 0;
  if (existsSync(join(repositoryRoot, `Pulumi.${paths.name}.yaml`)) && !elsewhere && !differs) return {};
  writeWorkspace(paths, repositoryRoot, url);
  return { PULUMI_OPTION_CONFIG_FILE: labStackFile(paths) };
}

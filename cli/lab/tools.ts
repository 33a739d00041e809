import { systemCommands, systemFiles } from "../../cloud/packages";
import { installPlugins } from "../../providers/install";
import type { Context } from "./context";
import { LabStack } from "../engine/labStack";
import { repositoryRoot } from "../paths";
import type { PhaseReport } from "../progress/progress";
import { agentProblem } from "../../components/remote/sshAgent";
import { accessKeyVariables, engineEnvironment } from "../engine/environment";
import { ensureEngine, type PulumiEngine } from "../toolchain/pulumiEngine";
import { ensureSystemPackages, type SystemPackage } from "../toolchain/systemPackages";
import { cloudOfLab } from "./cloud";
import { buildMirror } from "../artifacts/build";
import { recipes } from "../artifacts/recipes";
import { mirrorVariables, neededBuilds } from "./neededBuilds";
import { describeSettings, readStackFile } from "../settings/stackFile";

/** What the engine is run with. */
export interface Tools {
  readonly engine: PulumiEngine;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Gets everything that building the lab needs: system packages for machines of ours, the mirror where its nodes install
 * from it, the engine, and its plugins.
 */
export async function ensureTools(context: Context, report: PhaseReport): Promise<Tools> {
  const { cache, interrupt, settings } = context;
  await ensureLabPackages(context, report);
  const builds = neededBuilds(settings);
  if (builds.length > 0) await buildMirror({ cache, recipes: recipes(builds), report, signal: interrupt.signal });
  return ensureEngineTools(context, report);
}

/** The system packages that the embedded EC2's machines need, and `further` ones. */
export async function ensureLabPackages(
  { settings, interrupt }: Context,
  report: PhaseReport,
  further: readonly SystemPackage[] = [],
): Promise<void> {
  const own = settings.kind === "embedded" ? [...systemCommands(), ...systemFiles] : [];
  await ensureSystemPackages([...own, ...further], { report, signal: interrupt.signal });
}

/** The engine and its plugins, which is all that reading or previewing a stack needs. */
export async function ensureEngineTools(context: Context, report: PhaseReport): Promise<Tools> {
  const { paths, cache, state, settings, plugins, interrupt } = context;
  const engine = await ensureEngine({ cache, report, signal: interrupt.signal, official: plugins === "official" });
  context.makeLabDirectory();
  // On PATH they would work too, but the engine would warn at every update.
  if (plugins === "bundled") await installPlugins({ pulumiHome: paths.pulumiHome });
  const agent = process.env["SSH_AUTH_SOCK"] ?? "";
  const env = engineEnvironment({
    paths,
    state,
    engine,
    bundledPlugins: plugins === "bundled",
    ownHosts: settings.kind === "hosts",
    deadAgent: agent !== "" && (await agentProblem(agent)) !== undefined,
  });
  report.result(`Pulumi ${engine.version} (${engine.source}), ${plugins} plugins`);
  return { engine, env };
}

/** The lab's stack. For a lab on the embedded EC2, this starts the embedded EC2 and uses the address where it really listens. */
export async function openStack(context: Context, tools: Tools, command: string): Promise<LabStack> {
  const { paths, settings, progress, interrupt } = context;
  const { status, ec2 } = (await cloudOfLab(context)) ?? {};
  const differing = describeSettings(readStackFile(repositoryRoot, paths), paths);
  if (differing !== undefined) progress.note(differing);
  return LabStack.open({
    paths,
    root: repositoryRoot,
    engine: tools.engine,
    env: { ...tools.env, ...mirrorVariables(context, status?.mirror), ...(ec2 && accessKeyVariables(ec2)) },
    interrupt,
    command,
    // For a lab on the user's own hosts, AWS settings in the stack file do not count.
    aws: settings.kind === "hosts" ? undefined : (ec2 ?? settings.aws),
    endpoint: ec2?.endpoint,
  });
}

/** The lab's stack for a command that changes nothing, with the tools for that. */
export async function openStackToRead(context: Context, command: string, report: PhaseReport): Promise<LabStack> {
  return openStack(context, await ensureEngineTools(context, report), command);
}

import { systemCommands, systemFiles } from "../../cloud/packages";
import { installPlugins } from "../../providers/install";
import type { Context } from "../context";
import { LabStack } from "../engine/labStack";
import { repositoryRoot } from "../paths";
import type { PhaseReport } from "../progress/progress";
import { engineEnvironment } from "../toolchain/environment";
import { choosePlugins } from "../toolchain/plugins";
import { ensureEngine, type Engine } from "../toolchain/pulumiEngine";
import { ensureSystemPackages, type SystemPackage } from "../toolchain/systemPackages";
import type { LabSettings } from "./settings";

/** What the engine is run with. */
export interface Tools {
  readonly engine: Engine;
  readonly env: Readonly<Record<string, string>>;
}

/** Gets everything that building the lab needs: system packages for machines of ours, the engine, and its plugins. */
export async function ensureTools(context: Context, settings: LabSettings, report: PhaseReport): Promise<Tools> {
  await ensureLabPackages(context, settings.bringYourOwn, report);
  return ensureEngineTools(context, settings, report);
}

/** The system packages that machines of ours need, and `further` ones. */
export async function ensureLabPackages(
  context: Context,
  bringYourOwn: boolean,
  report: PhaseReport,
  further: readonly SystemPackage[] = [],
): Promise<void> {
  const own = bringYourOwn ? [] : [...systemCommands(), ...systemFiles];
  await ensureSystemPackages([...own, ...further], { report, signal: context.interrupt.signal });
}

/** The engine and its plugins, which is all that reading or previewing a stack needs. */
export async function ensureEngineTools(context: Context, settings: LabSettings, report: PhaseReport): Promise<Tools> {
  const { paths, cache, state, options, interrupt } = context;
  const plugins = choosePlugins({ asked: options.plugins, bringYourOwn: settings.bringYourOwn });
  const engine = await ensureEngine({ cache, report, signal: interrupt.signal, official: plugins === "official" });
  context.makeLabDirectory();
  // The engine finds them there; on PATH they would work too, but with a warning at every update.
  if (plugins === "bundled") await installPlugins({ pulumiHome: paths.pulumiHome });
  const env = engineEnvironment({
    paths,
    state,
    engine,
    bundledPlugins: plugins === "bundled",
    inventory: settings.bringYourOwn ? undefined : paths.inventory,
  });
  report.result(`Pulumi ${engine.version} (${engine.source}), ${plugins} plugins`);
  return { engine, env };
}

export function openStack(
  context: Context,
  tools: Tools,
  command: string,
  env: Readonly<Record<string, string>> = {},
): Promise<LabStack> {
  return LabStack.open({
    paths: context.paths,
    root: repositoryRoot,
    engine: tools.engine,
    env: { ...tools.env, ...env },
    interrupt: context.interrupt,
    command,
  });
}

import { Context, type GlobalOptions } from "../context";
import { ExitCode } from "../errors";
import { readSettings } from "../lab/settings";
import { ensureLabPackages } from "../lab/tools";
import { repositoryRoot } from "../paths";
import { choosePlugins } from "../toolchain/plugins";
import { ensureEngine } from "../toolchain/pulumiEngine";
import type { SystemPackage } from "../toolchain/systemPackages";

export interface SetupOptions {
  /** Also what the project's own tests run. */
  readonly dev?: boolean;
  /** Print the folder of the engine, and nothing else. */
  readonly printEngine?: boolean;
}

const devPackages: readonly SystemPackage[] = [
  { command: "shellcheck", package: "shellcheck" },
  { command: "python3", package: "python3-venv" },
  // Login shells that a host's user may have.
  { command: "fish", package: "fish" },
  { command: "tcsh", package: "tcsh" },
];

/** Gets what `up` would get, and makes nothing. */
export async function setup(options: GlobalOptions, { dev, printEngine }: SetupOptions): Promise<number> {
  const context = new Context(options, options.json === true || printEngine === true);
  const { progress, cache, interrupt } = context;
  const settings = readSettings(repositoryRoot, context.paths);
  const official = choosePlugins({ asked: options.plugins, kind: settings.kind }) === "official";
  const engine = await progress.phase("Tools", async (report) => {
    await ensureLabPackages(context, settings, report, dev ? devPackages : []);
    const engine = await ensureEngine({ cache, report, signal: interrupt.signal, official });
    report.result(`Pulumi ${engine.version} (${engine.source})`);
    return engine;
  });
  progress.close();
  if (options.json) context.printJson({ engine });
  else if (printEngine) context.print(engine.directory);
  return ExitCode.ok;
}

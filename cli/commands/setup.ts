import { Context, type GlobalOptions } from "../lab/context";
import { ExitCode } from "../errors";
import { ensureLabPackages } from "../lab/tools";
import { ensureEngine } from "../toolchain/pulumiEngine";
import type { SystemPackage } from "../toolchain/systemPackages";

interface SetupOptions {
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
  const official = context.plugins === "official";
  const engine = await progress.phase("Tools", async (report) => {
    await ensureLabPackages(context, report, dev ? devPackages : []);
    const engine = await ensureEngine({ cache, report, signal: interrupt.signal, official });
    report.result(`Pulumi ${engine.version} (${engine.source})`);
    return engine;
  });
  progress.close();
  if (options.json) context.printJson({ engine });
  else if (printEngine) context.print(engine.directory);
  return ExitCode.ok;
}

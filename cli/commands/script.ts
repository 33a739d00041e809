import { Context, type GlobalOptions } from "../lab/context";
import type { SentScript } from "../engine/sentScripts";
import { ExitCode, UserError } from "../errors";
import { requireLab, unknownHost } from "../lab/knownNames";
import { openStackToRead } from "../lab/tools";
import { plainTable, renderTable } from "../output/table";

/**
 * Prints what a host was sent for a step, as the stack's state has it, or which steps it was sent. Logs in nowhere.
 *
 * @param step none lists the node's steps
 */
export async function script(
  options: GlobalOptions,
  node: string,
  step: string | undefined,
  { undo = false }: { readonly undo?: boolean },
): Promise<number> {
  const context = new Context(options, true);
  requireLab(context.paths);
  const all = await readScripts(context, node);
  if (step === undefined)
    return context.finish(
      all.map(({ step, script, undo, secrets }) => ({ step, script, undo: undo !== undefined, secrets })),
      () => renderSteps(all),
    );
  const found = all.find((sent) => sent.step === step);
  if (found === undefined) {
    const known = all.map((sent) => sent.step).join(", ") || "none";
    throw new UserError(`${node} was sent no step "${step}"; it was sent ${known}.`, ExitCode.usage);
  }
  const text = undo ? found.undo : found.text;
  if (text === undefined) throw new UserError(`The step ${step} changes nothing, so it has no undo.`, ExitCode.usage);
  const { script, secrets } = found;
  const exitCode = context.finish({ node, step, script, undo, secrets, text }, () => text);
  if (found.secrets && !undo)
    process.stderr.write(
      `It also reads secrets from standard input, which are not printed; without them it ends at the first that it needs.\n`,
    );
  return exitCode;
}

/** @throws UserError for a node that the lab does not have */
async function readScripts(context: Context, node: string): Promise<SentScript[]> {
  const { progress, paths } = context;
  const all = await context.withLock("script", () =>
    progress.phase("Stack", async (report) => (await openStackToRead(context, "script", report)).scripts()),
  );
  const names = [...new Set(all.map(({ host }) => host))];
  if (names.length === 0)
    throw new UserError(`Lab "${paths.name}" is not built yet: no host was sent a script. Run "./hardway up" first.`);
  if (!names.includes(node)) throw unknownHost(node, names, paths.name);
  return all.filter(({ host }) => host === node);
}

function renderSteps(scripts: readonly SentScript[]): string {
  const table = plainTable(["STEP", "SCRIPT", "UNDO"]);
  for (const { step, script, undo } of scripts)
    table.push([step, `scripts/node/${script}.sh`, undo === undefined ? "-" : `scripts/node/${script}.undo.sh`]);
  return renderTable(table);
}

import { accessSync, constants } from "node:fs";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { UserError } from "../errors";
import { planOf } from "../engine/builtStack";
import { writeWhole } from "../files";
import { readBuiltLab } from "../lab/builtLab";
import { Context, type GlobalOptions } from "../lab/context";
import { keptExperiments, keptVerification } from "../lab/keptResults";
import { requireLab } from "../lab/knownNames";
import { openStackToRead } from "../lab/tools";
import { runVerification } from "../lab/verification";
import { hardway } from "../output/hardway";
import { renderReport, type LabReport } from "../report/labReport";
import { countChecks } from "../verify/checkTable";

interface ReportOptions {
  /** @default report-LAB.html in the current folder */
  readonly output?: string;
  /** Whether to show what the last verification saw, and log in nowhere. */
  readonly last?: boolean;
}

/** Writes a page about the lab, checked now. Exit code 0 also where a check failed: the page says which. */
export async function report(options: GlobalOptions, { output, last = false }: ReportOptions): Promise<number> {
  const context = new Context(options);
  const { paths } = context;
  requireLab(paths);
  const file = resolve(output ?? `report-${paths.name}.html`);
  // Before minutes of checks.
  accessSync(dirname(file), constants.W_OK);
  return context.withLock("report", async () => {
    const shown = await readReport(context, last);
    const { verification, experiments, scripts } = shown;
    writeWhole(file, renderReport(shown));
    const count = countChecks(verification.checks);
    const json = {
      ...{ output: file, verifiedAt: verification.at, outdated: shown.outdated, checks: verification.checks.length },
      failed: verification.checks.filter(({ ok }) => !ok).length,
      ...{ experiments: experiments.map(({ name }) => name), scripts: scripts.length },
    };
    return context.finish(
      json,
      () => `${count}. The page is in ${file}; open it in a browser:\n  ${pathToFileURL(file).href}`,
    );
  });
}

async function readReport(context: Context, last: boolean): Promise<LabReport> {
  const { paths, progress } = context;
  const command = hardway(paths.name);
  const { stack, built, revision, scripts } = await progress.phase("Plan", async (report) => {
    const stack = await openStackToRead(context, "report", report);
    return { stack, built: await stack.built(), revision: await stack.revision(), scripts: await stack.scripts() };
  });
  const plan = planOf(built.outputs, paths.name);
  if (!last) await runVerification(context, await readBuiltLab(context, stack, built), revision);
  const verification = keptVerification(paths);
  if (verification === undefined)
    throw new UserError(
      `No verification of lab "${paths.name}" is kept. Make one with "${command} report", without --last.`,
    );
  return {
    ...{ lab: paths.name, command, plan, scripts, verification },
    outdated: verification.revision !== revision,
    experiments: keptExperiments(paths),
  };
}

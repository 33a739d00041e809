import { Context, type GlobalOptions } from "../lab/context";
import { describeSummary } from "../engine/engineEvents";
import type { LabStack } from "../engine/labStack";
import { askToRunAgain } from "../engine/workspaceFiles";
import { ExitCode, InterruptedError, UserError } from "../errors";
import { requireLab } from "../lab/knownNames";
import { takeVerified } from "../lab/lastVerification";
import { readBuiltLab } from "../lab/builtLab";
import { openRunningLab, updateLab } from "../lab/runningLab";
import { runVerification, type BuiltLab } from "../lab/verification";
import { renderRepair, type RepairOutcome } from "./repairText";
import { planRepair, type RepairStep } from "../verify/mending";
import type { Check } from "../verify/types";

interface RepairOptions {
  /** Whether only to say what would run. */
  readonly preview?: boolean;
}

/**
 * Runs those steps again whose checks fail, and checks again. Exit code 1 when anything is still off.
 *
 * @param nodes hosts whose steps may run again; empty for all
 */
export async function repair(
  options: GlobalOptions,
  nodes: readonly string[],
  { preview = false }: RepairOptions,
): Promise<number> {
  const context = new Context(options);
  const { paths, colors } = context;
  requireLab(paths);
  return context.withLock("repair", async () => {
    const stack = await openRunningLab(context, "repair", preview);
    const outcome = await repairLab({ context, stack }, nodes, preview);
    return context.finish(
      jsonOf(outcome),
      () => renderRepair(paths.name, outcome, colors, process.stdout.columns),
      preview || outcome.checks.every(({ ok }) => ok) ? ExitCode.ok : ExitCode.off,
    );
  });
}

interface Work {
  readonly context: Context;
  readonly stack: LabStack;
}

async function repairLab(work: Work, nodes: readonly string[], preview: boolean): Promise<RepairOutcome> {
  let subject = await subjectNow(work);
  const hosts = knownHosts(work.context.paths.name, subject, nodes);
  const ran: RepairStep[] = [];
  const mended: string[] = [];
  let failure: string | undefined;
  for (;;) {
    const checks = await verify(work, subject);
    const { unreachable, ...todo } = planRepair(checks, subject.plan, hosts);
    // No step runs twice. Another round is for faults that were hidden by others.
    const steps = todo.steps.filter(({ host, step }) => !ran.some((done) => done.host === host && done.step === step));
    const stack = mended.length > 0 ? [] : todo.stack;
    if (preview) return { preview, steps, stack, unreachable, checks };
    if (steps.length === 0 && stack.length === 0)
      return { preview, steps: ran, stack: mended, unreachable, checks, failure };
    failure = await runAgain(work, steps);
    ran.push(...steps);
    mended.push(...stack);
    subject = await subjectNow(work);
  }
}

/** @returns what could not be done, if anything; everything else was done */
function runAgain({ context, stack }: Work, steps: readonly RepairStep[]): Promise<string | undefined> {
  const { paths, progress } = context;
  return progress.phase("Repair", async (report) => {
    takeVerified(paths);
    askToRunAgain(paths, steps);
    try {
      const { summary } = await updateLab(context, stack, report, { continueOnError: true });
      report.result(describeSummary(summary));
      return undefined;
    } catch (error) {
      if (!(error instanceof UserError) || error instanceof InterruptedError) throw error;
      report.result("not all of it could be done");
      return error.message;
    }
  });
}

async function subjectNow({ context, stack }: Work): Promise<BuiltLab> {
  return readBuiltLab(context, stack, await stack.built());
}

async function verify({ context, stack }: Work, subject: BuiltLab): Promise<readonly Check[]> {
  return runVerification(context, subject, await stack.revision());
}

/** @throws UserError (exit 64) for a name that the lab does not have */
function knownHosts(lab: string, { plan }: BuiltLab, nodes: readonly string[]): readonly string[] {
  const names = plan.hosts.map(({ name }) => name);
  const unknown = nodes.filter((node) => !names.includes(node));
  if (unknown.length > 0)
    throw new UserError(`Lab "${lab}" has no ${unknown.join(", ")}; it has ${names.join(", ")}.`, ExitCode.usage);
  return nodes.length > 0 ? nodes : names;
}

function jsonOf({ preview, steps, stack, unreachable, checks, failure }: RepairOutcome) {
  return { preview, steps, stack, unreachable, failure: failure ?? null, verification: checks };
}

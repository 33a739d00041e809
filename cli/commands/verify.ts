import { Context, type GlobalOptions } from "../lab/context";
import { ExitCode } from "../errors";
import { readBuiltLab } from "../lab/builtLab";
import { openStackToRead } from "../lab/tools";
import { runVerification } from "../lab/verification";
import { requireLab } from "../lab/knownNames";
import type { CheckArea } from "../verify/types";
import { renderVerify } from "./repairText";

interface VerifyCommandOptions {
  /** What to check; everything by default. */
  readonly area?: readonly CheckArea[];
}

/** Checks the hosts against the stack's plan. Exit code 1 when anything is off. */
export async function verify(options: GlobalOptions, { area }: VerifyCommandOptions): Promise<number> {
  const context = new Context(options);
  requireLab(context.paths);
  return context.withLock("verify", async () => {
    const { progress, paths } = context;
    const { subject, revision } = await progress.phase("Plan", async (report) => {
      const stack = await openStackToRead(context, "verify", report);
      const built = await stack.built();
      return { subject: await readBuiltLab(context, stack, built), revision: await stack.revision() };
    });
    const checks = await runVerification(context, subject, revision, area);
    const ok = checks.every((check) => check.ok);
    return context.finish(
      checks,
      () => renderVerify(paths.name, checks, context.colors, process.stdout.columns),
      ok ? ExitCode.ok : ExitCode.off,
    );
  });
}

import type { LabPlan } from "../../components/plan/labPlan";
import type { Context } from "../context";
import { InterruptedError, messageOf, UserError } from "../errors";
import { countChecks } from "../output/checks";
import type { Check, VerifyHost } from "../verify/types";
import { verifyLab } from "../verify/verify";

/** Checks every promise of the plan on the hosts. What does not hold is a check that is not ok, not an error. */
export function runVerification(context: Context, plan: LabPlan, hosts: readonly VerifyHost[]): Promise<Check[]> {
  const { signal } = context.interrupt;
  return context.progress.phase("Verification", async (report) => {
    try {
      const checks = await verifyLab({ plan, hosts: [...hosts], onProgress: (text) => report.text(text), signal });
      report.result(countChecks(checks));
      return checks;
    } catch (error) {
      if (signal.aborted) throw new InterruptedError();
      if (error instanceof TypeError || error instanceof ReferenceError) throw error;
      throw new UserError(`The verification could not be made: ${messageOf(error)}`);
    }
  });
}

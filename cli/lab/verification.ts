import type { Context } from "../context";
import { InterruptedError, messageOf, UserError } from "../errors";
import { countChecks } from "../output/checks";
import type { Check } from "../verify/types";
import { verifyLab, type VerifyOptions } from "../verify/verify";
import { verifyVpc, type VpcSubject } from "../verify/vpc";

/** What is checked: hosts against the plan, and the VPC where they are in one. */
export interface Subject extends Pick<VerifyOptions, "plan" | "hosts"> {
  readonly vpc?: VpcSubject;
}

/** Checks every promise of the plan on the hosts. What does not hold is a check that is not ok, not an error. */
export function runVerification(context: Context, { plan, hosts, vpc }: Subject): Promise<Check[]> {
  const { signal } = context.interrupt;
  return context.progress.phase("Verification", async (report) => {
    try {
      const seenByApi = vpc === undefined ? [] : await verifyVpc(vpc, signal);
      const checks = [
        ...seenByApi,
        ...(await verifyLab({ plan, hosts, onProgress: (text) => report.text(text), signal })),
      ];
      report.result(countChecks(checks));
      return checks;
    } catch (error) {
      if (signal.aborted) throw new InterruptedError();
      if (error instanceof TypeError || error instanceof ReferenceError) throw error;
      throw new UserError(`The verification could not be made: ${messageOf(error)}`);
    }
  });
}

import type { Context } from "./context";
import { InterruptedError, messageOf, UserError } from "../errors";
import { hardway } from "../output/hardway";
import { countChecks } from "../verify/checkTable";
import type { Check, CheckArea } from "../verify/types";
import { verifyLab, type VerifyOptions } from "../verify/verify";
import { labInstances } from "./instances";
import { keepVerification } from "./keptResults";
import { saveVerified, takeVerified } from "./lastVerification";
import { verifyVpc, type VpcSubject } from "../verify/vpc";

/** What is checked: hosts against the plan, and the VPC where they are in one. */
export interface BuiltLab extends Pick<VerifyOptions, "plan" | "hosts"> {
  readonly vpc?: VpcSubject;
}

/**
 * Checks the hosts against the plan. A difference is a failed check, not an error. What was seen is kept for a report. A
 * verification that passes is also recorded for an `up` that changes nothing; in every other case, the earlier record is
 * removed.
 *
 * @param revision of the stack's state
 * @param areas what is checked, everything by default; of a part only that it failed is recorded
 */
export async function runVerification(
  context: Context,
  subject: BuiltLab,
  revision: string,
  areas?: readonly CheckArea[],
): Promise<Check[]> {
  const { plan } = subject;
  if (areas !== undefined) {
    const part = await check(context, subject, areas);
    if (!part.every(({ ok }) => ok)) takeVerified(context.paths);
    return part;
  }
  takeVerified(context.paths);
  // Read before the checks: a machine that boots during them has not been checked.
  const machines = await labInstances(context);
  const checks = await check(context, subject);
  keepVerification(context.paths, checks, revision);
  if (checks.every(({ ok }) => ok)) saveVerified(context.paths, { plan, revision, machines }, checks.length);
  return checks;
}

function check(context: Context, { plan, hosts, vpc }: BuiltLab, areas?: readonly CheckArea[]): Promise<Check[]> {
  const command = hardway(context.paths.name);
  const { signal } = context.interrupt;
  return context.progress.phase("Verification", async (report) => {
    try {
      const seenByApi = vpc === undefined || areas?.includes("vpc") === false ? [] : await verifyVpc(vpc, signal);
      const checks = [
        ...seenByApi,
        ...(await verifyLab({
          ...{ plan, hosts, command, onProgress: (text) => report.text(text), signal },
          ...(areas !== undefined && { areas }),
        })),
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

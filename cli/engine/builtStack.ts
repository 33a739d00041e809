import type { OutputMap } from "@pulumi/pulumi/automation";
import { planVersion, type LabPlan } from "../../components/labPlan";
import { UserError } from "../errors";
import type { Logins } from "../ssh/login";

/** What is known of a stack that was built. */
export interface BuiltStack {
  /** Output values by name; secret ones are left out. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** The `ssh` output: hosts that the stack itself made. */
  readonly logins: Logins;
}

function publicValues(outputs: OutputMap): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(outputs)
      .filter(([, output]) => !output.secret)
      .map(([name, output]) => [name, output.value as unknown]),
  );
}

export function builtStack(outputs: OutputMap): BuiltStack {
  return { outputs: publicValues(outputs), logins: (outputs["ssh"]?.value ?? {}) as Logins };
}

/**
 * The stack's `plan` output.
 *
 * @throws UserError when it has none, since nothing was built yet, or one that says other things.
 */
export function planOf(outputs: Readonly<Record<string, unknown>>, lab: string): LabPlan {
  const plan = outputs["plan"] as LabPlan | undefined;
  if (plan === undefined)
    throw new UserError(`Lab "${lab}" is not built yet: its stack has no plan. Run "./hardway up" first.`);
  if (plan.version !== planVersion)
    throw new UserError(
      `Lab "${lab}" was built by another version of hardway. Run "./hardway up" first, which changes what differs.`,
    );
  return plan;
}

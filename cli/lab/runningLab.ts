import { planOf } from "../engine/builtStack";
import type { LabPlan } from "../../components/labPlan";
import type { LabStack, StackResult, UpRequest } from "../engine/labStack";
import type { PhaseReport } from "../progress/progress";
import { cloudPhase } from "./cloud";
import type { Context } from "./context";
import { startInstances } from "./instances";
import { forgetLogins, writeLogins } from "./logins";
import { ensureTools, openStack } from "./tools";

/**
 * The stack of a lab that is built, for a command that changes it again. Like `up`, it boots machines that are off and cleans
 * up after a killed run.
 *
 * @param onlyLooks whether it does neither
 */
export async function openRunningLab(context: Context, command: string, onlyLooks = false): Promise<LabStack> {
  const { progress } = context;
  const tools = await progress.phase("Tools", (report) => ensureTools(context, report));
  const cloud = await cloudPhase(context);
  return progress.phase("Plan", async (report) => {
    const stack = await openStack(context, tools, command);
    planOf((await stack.built()).outputs, context.paths.name);
    if (onlyLooks) return stack;
    await stack.tidyUp(report);
    const started = cloud === undefined ? [] : await startInstances(context, cloud.ec2, report);
    if (started.length > 0) report.result(`started ${started.join(", ")} again`);
    return stack;
  });
}

/** Has the engine do what the program says, and notes how to log in to the machines as they are then. */
export async function updateLab(
  { settings, paths }: Context,
  stack: LabStack,
  report: PhaseReport,
  request: Omit<UpRequest, "refresh"> = {},
): Promise<StackResult & { readonly plan: LabPlan }> {
  const machinesAreOurs = settings.kind !== "hosts";
  const result = await stack.up(report, { ...request, refresh: machinesAreOurs }).catch((error: unknown) => {
    if (machinesAreOurs) forgetLogins(paths);
    throw error;
  });
  const plan = planOf(result.outputs, paths.name);
  if (machinesAreOurs) writeLogins(paths, result.logins, plan.hosts);
  return { ...result, plan };
}

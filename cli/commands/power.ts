import { Context, type GlobalOptions } from "../lab/context";
import { UserError } from "../errors";
import type { PhaseReport } from "../progress/progress";
import type { EmbeddedEc2 } from "../engine/ec2Client";
import { cloudExists, ensureCloud } from "../lab/cloud";
import { labInstances, nodeName, startInstances, stopInstances } from "../lab/instances";
import { updateLogins } from "../lab/logins";
import { requireLab } from "../lab/knownNames";

/** Boots the lab's machines that are not running. */
export function startMachines(options: GlobalOptions): Promise<number> {
  return forMachines(options, "start", "Starting", startInstances);
}

/** Shuts the lab's machines down; their disks stay. */
export function stopMachines(options: GlobalOptions): Promise<number> {
  return forMachines(options, "stop", "Stopping", stopInstances);
}

/** Does something with all machines of a lab, and prints their state afterwards. */
async function forMachines(
  options: GlobalOptions,
  command: "start" | "stop",
  phase: string,
  action: (context: Context, ec2: EmbeddedEc2, report: PhaseReport) => Promise<unknown>,
): Promise<number> {
  const context = new Context(options);
  const { paths, progress } = context;
  requireLab(paths);
  const none = `Lab "${paths.name}" has no machines in the embedded EC2 to ${command}.`;
  // Checked before the embedded EC2 is created for nothing.
  if (context.settings.kind !== "embedded" || !cloudExists(context)) throw new UserError(none);
  return context.withLock(command, async () => {
    await progress.phase(phase, async (report) => {
      const { ec2 } = await ensureCloud(context, report);
      if ((await labInstances(context)).length === 0) throw new UserError(none);
      await action(context, ec2, report);
    });
    const machines = await labInstances(context);
    updateLogins(paths, machines);
    const shown = machines.map((machine) => ({ ...machine, name: nodeName(machine) }));
    return context.finish(shown, () => shown.map(({ name, state }) => `${name} ${state}`).join("\n"));
  });
}

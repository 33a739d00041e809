import type { LabMachines } from "../../cloud/machines/LabMachines";
import type { OnProgress } from "../../cloud/machines/types";
import { Context, type GlobalOptions } from "../context";
import { ExitCode, UserError } from "../errors";
import { fromCloud, machinesOf, openMachines } from "./machines";
import { requireLab } from "./presence";

interface MachineOptions {
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/** Does something with all machines of a lab and tells in what state they are then. */
export async function forMachines(
  options: GlobalOptions,
  command: "start" | "stop",
  phase: string,
  action: (machines: LabMachines, options: MachineOptions) => Promise<unknown>,
): Promise<number> {
  const context = new Context(options);
  const { paths } = context;
  requireLab(paths);
  if ((await machinesOf(paths, context.cache)).length === 0)
    throw new UserError(`Lab "${paths.name}" has no machines of hardway's to ${command}.`);
  return context.withLock(command, async () => {
    const machines = openMachines(paths, context.cache);
    const { signal } = context.interrupt;
    await context.progress.phase(phase, async (report) => {
      const onProgress: OnProgress = ({ machine, text }) =>
        machine === undefined ? report.text(text) : report.part(machine, text);
      await fromCloud(action(machines, { onProgress, signal }), signal);
    });
    context.progress.close();
    const status = await fromCloud(machines.status());
    if (options.json) context.printJson(status);
    else context.print(status.map(({ name, state }) => `${name} ${state}`).join("\n"));
    return ExitCode.ok;
  });
}

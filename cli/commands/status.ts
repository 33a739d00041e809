import { existsSync } from "node:fs";
import { Context, type GlobalOptions } from "../context";
import { ExitCode } from "../errors";
import { machinesOf } from "../lab/machines";
import { readLastRun, type LastRun } from "../lab/record";
import { plainTable, renderTable } from "../output/table";
import { formatSeconds } from "../progress/progress";

/** The lab's machines and its last run. Starts no engine and logs in nowhere. */
export async function status(options: GlobalOptions): Promise<number> {
  const context = new Context(options);
  const { paths, colors } = context;
  const exists = existsSync(paths.directory);
  const machines = await machinesOf(paths, context.cache);
  const lastRun = readLastRun(paths);
  if (options.json) {
    const withUptime = machines.map((machine) => ({ ...machine, uptimeSeconds: uptime(machine.startedAt) ?? null }));
    context.printJson({ lab: paths.name, exists, machines: withUptime, lastRun: lastRun ?? null });
    return ExitCode.ok;
  }
  if (!exists) {
    context.print(`Lab "${paths.name}" does not exist; make it with "./hardway up".`);
    return ExitCode.ok;
  }
  const table = plainTable();
  if (machines.length > 0)
    table.push(["MACHINE", "STATE", "ADDRESS", "SSH", "PID", "UP"].map((title) => colors.bold(title)));
  for (const { name, state, address, ssh, pid, startedAt } of machines) {
    const seconds = uptime(startedAt);
    table.push([
      name,
      state === "running" ? colors.green(state) : colors.red(state),
      address,
      `${ssh.user}@${ssh.host}:${ssh.port}`,
      pid === undefined ? "-" : String(pid),
      seconds === undefined ? "-" : formatSeconds(seconds),
    ]);
  }
  context.print(
    [`Lab "${paths.name}": ${describeLastRun(lastRun)}`, ...(machines.length > 0 ? [renderTable(table)] : [])].join(
      "\n",
    ),
  );
  return ExitCode.ok;
}

function uptime(startedAt: string | undefined): number | undefined {
  return startedAt === undefined ? undefined : Math.max(0, Math.round((Date.now() - Date.parse(startedAt)) / 1000));
}

function describeLastRun(run: LastRun | undefined): string {
  return run === undefined ? "not built yet" : `"${run.command}" ${run.result} at ${run.at}`;
}

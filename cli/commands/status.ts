import { existsSync } from "node:fs";
import { Context, type GlobalOptions } from "../lab/context";
import { ExitCode, UserError } from "../errors";
import { cloudExists, openCloud } from "../lab/cloud";
import { labInstances, nodeName } from "../lab/instances";
import { readLastRun, type LastRun } from "../engine/lastRun";
import { plainTable, renderTable } from "../output/table";
import { formatSeconds } from "../progress/progress";
import { clusterStatus, renderClusterStatus, type ClusterStatus } from "./statusCluster";

/**
 * The lab's machines in the embedded EC2 and its last run. Starts no engine, and logs in nowhere but on the controllers of a
 * cluster.
 */
export async function status(options: GlobalOptions): Promise<number> {
  const context = new Context(options);
  const { paths, colors } = context;
  const exists = existsSync(paths.directory);
  const machines = await labInstances(context);
  const lastRun = readLastRun(paths);
  const cluster = await clusterOf(context, exists);
  const silent = cloudExists(context) && (await openCloud(context).find()) === undefined;
  if (options.json) {
    const shown = machines.map((machine) => ({
      ...machine,
      name: nodeName(machine),
      uptimeSeconds: uptime(machine.startedAt) ?? null,
    }));
    context.printJson({
      lab: paths.name,
      exists,
      machines: shown,
      lastRun: lastRun ?? null,
      ...(cluster !== undefined && { cluster }),
      ...(silent && { cloudRuns: false }),
    });
    return ExitCode.ok;
  }
  const unknown = silent ? await describeSilence(context) : [];
  if (!exists && machines.length === 0) {
    context.print([`Lab "${paths.name}" does not exist; make it with "./hardway up".`, ...unknown].join("\n"));
    return ExitCode.ok;
  }
  const table = plainTable(["MACHINE", "STATE", "INSTANCE", "ADDRESS", "PUBLIC", "PID", "UP"], colors);
  for (const machine of machines) {
    const { state, id, privateAddress, publicAddress, pid, startedAt } = machine;
    const seconds = uptime(startedAt);
    table.push([
      nodeName(machine),
      state === "running" ? colors.green(state) : colors.red(state),
      id,
      privateAddress ?? "-",
      publicAddress ?? "-",
      pid === undefined ? "-" : String(pid),
      seconds === undefined ? "-" : formatSeconds(seconds),
    ]);
  }
  const reasons = machines.flatMap((machine) =>
    machine.state === "stopped" && machine.stateReason ? [`${nodeName(machine)}: ${machine.stateReason}`] : [],
  );
  context.print(
    [
      exists
        ? `Lab "${paths.name}": ${describeLastRun(lastRun)}`
        : `The folder of lab "${paths.name}" is gone, and its machines go on: "up" takes them over again, "down" removes them.`,
      ...(machines.length > 0 ? [renderTable(table)] : []),
      ...reasons,
      ...(cluster === undefined
        ? []
        : ["problem" in cluster ? `Cluster: ${cluster.problem}` : renderClusterStatus(cluster, colors)]),
      ...unknown,
    ].join("\n"),
  );
  return ExitCode.ok;
}

/** Of a lab that is configured to have one, and was begun. */
async function clusterOf(context: Context, exists: boolean): Promise<ClusterStatus | { problem: string } | undefined> {
  if (!exists || String(context.settings.values["cluster"]) !== "true") return undefined;
  try {
    return await clusterStatus(context.options);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { problem: error.message };
  }
}

async function describeSilence(context: Context): Promise<string[]> {
  const machines = (await openCloud(context).hasMachines()) ? "machines run on without it" : "no machine runs";
  return [
    `The embedded EC2 does not run, so it cannot be said what is in it; ${machines}. "./hardway cloud start" starts it.`,
  ];
}

function uptime(startedAt: string | undefined): number | undefined {
  return startedAt === undefined ? undefined : Math.max(0, Math.round((Date.now() - Date.parse(startedAt)) / 1000));
}

function describeLastRun(run: LastRun | undefined): string {
  return run === undefined ? "not built yet" : `"${run.command}" ${run.result} at ${run.at}`;
}

import { readFile } from "node:fs/promises";
import type { Ec2Settings } from "../../cloud/api/Ec2Api";
import type { CloudProcess } from "../../cloud/daemon/CloudProcess";
import type { CloudStatus } from "../../cloud/daemon/control";
import { Context, type GlobalOptions } from "../lab/context";
import { ExitCode, UserError } from "../errors";
import { ensureCloud, fromCloud, openCloud } from "../lab/cloud";
import { cloudInstances, labOf, nodeName, stopInstances } from "../lab/instances";
import { ensureLabPackages } from "../lab/tools";
import { plainTable, renderTable } from "../output/table";
import type { Lock } from "../../cloud/lock";
import { lockOrThrow } from "../lock";
import { labNames } from "../lab/knownNames";
import { labPaths } from "../paths";
import { formatSeconds } from "../progress/progress";

/** Makes the embedded EC2 listen. */
export async function startCloud(options: GlobalOptions): Promise<number> {
  const context = new Context(options);
  const status = await context.progress.phase("Cloud", async (report) => {
    await ensureLabPackages(context, report);
    const { status } = await ensureCloud(context, report);
    report.result(status.url);
    return status;
  });
  return context.finish(
    status,
    () => `The embedded EC2 listens on ${status.url} (region us-east-1); "./hardway env" prints its access key.`,
  );
}

/** Shuts all machines down, then ends the daemon. Their disks and the VPCs stay. */
export async function stopCloud(options: GlobalOptions): Promise<number> {
  const context = new Context(options);
  const cloud = openCloud(context);
  const runs = (await cloud.find()) !== undefined || (await cloud.hasMachines());
  if (runs) await withAllLabs(context, () => stopAll(context, cloud));
  context.progress.close();
  if (options.json) context.printJson({ stopped: runs });
  else if (!runs) context.print("The embedded EC2 does not run.");
  return ExitCode.ok;
}

function stopAll(context: Context, cloud: CloudProcess): Promise<void> {
  return context.progress.phase("Cloud", async (report) => {
    // After a kill it has to start once more, to find the machines that still run.
    const { ec2 } = await ensureCloud(context, report);
    await stopInstances(context, ec2, report, () => cloudInstances(context));
    await fromCloud(cloud.stop());
    report.result("stopped");
  });
}

/** Locks every lab: a lab that is being built would lose its machines. @throws UserError (exit 75) when one is in use */
async function withAllLabs(context: Context, action: () => Promise<void>): Promise<void> {
  const locks: Lock[] = [];
  try {
    for (const name of labNames(context.paths))
      locks.push(lockOrThrow(labPaths(name, context.state).lock, "cloud stop", `Lab "${name}"`));
    await action();
  } finally {
    for (const lock of locks) lock.release();
  }
}

/** Where it listens, what is in it, and what its network did. */
export async function cloudStatus(options: GlobalOptions): Promise<number> {
  const context = new Context(options);
  const status = await fromCloud(openCloud(context).status());
  return context.finish(status ?? null, () =>
    status === undefined ? 'The embedded EC2 does not run; "./hardway up" starts it.' : render(status, context),
  );
}

function render(status: CloudStatus, { colors }: Context): string {
  const { url, pid, memoryMiB, uptimeSeconds, acceleration, instances, lost, fabric } = status;
  const machines = plainTable(["INSTANCE", "NAME", "LAB", "STATE", "TYPE", "VPC", "ADDRESS", "PUBLIC"], colors);
  for (const instance of instances) {
    const { id, state, type, vpcId, privateAddress, publicAddress } = instance;
    machines.push(
      [id, nodeName(instance), labOf(instance) ?? "-", state, type, vpcId, privateAddress, publicAddress].map(
        (value) => value ?? "-",
      ),
    );
  }
  const network = plainTable(["INTERFACE", "NAME", "CONNECTED", "IN", "OUT", "DROPPED"], colors);
  for (const { id, name, connected, framesIn, framesOut, drops } of fabric.interfaces) {
    const dropped = Object.entries(drops).map(([reason, count]) => `${reason} ${count}`);
    const cells = [id, name ?? "-", connected ? "yes" : "no", String(framesIn), String(framesOut)];
    network.push([...cells, dropped.join(", ") || "-"]);
  }
  return [
    `The embedded EC2 listens on ${url} (pid ${pid}, ${memoryMiB} MiB, for ${formatSeconds(uptimeSeconds)}).`,
    acceleration,
    ...(instances.length > 0 ? ["", renderTable(machines)] : ["There are no instances."]),
    ...(lost.length > 0
      ? ["", "Disks of machines that no lab knows any more; remove what is not needed:", ...lost]
      : []),
    ...(fabric.interfaces.length > 0 ? ["", renderTable(network)] : []),
  ].join("\n");
}

/** @param lines how many of the last lines. */
export async function cloudLogs(options: GlobalOptions, { lines }: { lines: string }): Promise<number> {
  const context = new Context(options);
  if (!/^[1-9]\d*$/.test(lines)) throw new UserError(`--lines must be a number from 1; got ${lines}.`, ExitCode.usage);
  const { logFile } = openCloud(context);
  const text = await readFile(logFile, "utf8").catch(() => undefined);
  if (text === undefined) throw new UserError(`There is no log (${logFile}): the embedded EC2 was never started.`);
  const last = text.trimEnd().split("\n").slice(-Number(lines));
  return context.finish(last, () => last.join("\n"));
}

/** Changes quotas, makes launches fail and opens ports of this computer to machines; prints the resulting settings. */
export async function setCloud(options: GlobalOptions, settings: readonly string[]): Promise<number> {
  const change = Object.assign({}, ...settings.map(parseSetting)) as Partial<Ec2Settings>;
  const context = new Context(options);
  const cloud = openCloud(context);
  if ((await cloud.find()) === undefined)
    throw new UserError('The embedded EC2 does not run; start it with "./hardway cloud start".');
  const now = await fromCloud(cloud.settings(change));
  return context.finish(now, () =>
    [
      `routesPerTable=${now.routesPerTable}`,
      `insufficientCapacity=${now.insufficientCapacity.join(",")}`,
      `guestPorts=${(now.guestPorts ?? []).join(",")}`,
    ].join("\n"),
  );
}

function parseSetting(text: string): Partial<Ec2Settings> {
  const [, name = "", value = ""] = /^([^=]*)=(.*)$/.exec(text) ?? [];
  if (name === "routesPerTable" && /^[1-9]\d*$/.test(value)) return { routesPerTable: Number(value) };
  if (name === "insufficientCapacity") return { insufficientCapacity: value.split(",").filter(Boolean) };
  if (name === "guestPorts" && /^(\d{1,5}(,\d{1,5})*)?$/.test(value)) {
    const ports = value.split(",").filter(Boolean).map(Number);
    if (ports.every((port) => port >= 1 && port <= 65535)) return { guestPorts: ports };
  }
  throw new UserError(
    `${JSON.stringify(text)} must be routesPerTable=N, insufficientCapacity=TYPE_OR_ZONE,... or guestPorts=PORT,...`,
    ExitCode.usage,
  );
}

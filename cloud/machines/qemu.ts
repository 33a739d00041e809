import { spawn } from "node:child_process";
import { open, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { whyNotStarted } from "../run";
import type { MachineFiles } from "./files";
import { writePidFile } from "./processes";
import { QmpClient } from "./qmp";

/** QEMU answers a fraction of a second after its start; on a busy computer more. */
const startTimeLimitMs = 60_000;

/**
 * Starts QEMU as a process of its own that survives this one, and waits until it answers.
 * @throws with QEMU's own message when it ends at once, as with a bad option, a taken port or too little memory.
 */
export async function startQemu(
  machine: string,
  command: string,
  args: readonly string[],
  files: MachineFiles,
): Promise<void> {
  const log = await open(files.log, "w", 0o600);
  let ended: string | undefined;
  let pid: number | undefined;
  try {
    // The console's log is private too, and QEMU would create it by its own umask.
    await (await open(files.consoleLog, "a", 0o600)).close();
    const child = spawn(command, args, { cwd: "/", detached: true, stdio: ["ignore", log.fd, log.fd] });
    child.on("error", (error) => (ended = `${command}: ${whyNotStarted(error)}`));
    child.on("exit", (code, signal) => (ended = `it ended with ${signal ?? `status ${code}`}`));
    child.unref();
    pid = child.pid;
    if (pid !== undefined) await writePidFile(files.pid, pid);
  } finally {
    await log.close();
  }
  const deadline = Date.now() + startTimeLimitMs;
  while (ended === undefined && Date.now() < deadline) {
    try {
      (await QmpClient.connect(files.qmp)).close();
      return;
    } catch {
      await sleep(50);
    }
  }
  if (ended === undefined && pid !== undefined) process.kill(pid, "SIGKILL");
  const output = (await readFile(files.log, "utf8").catch(() => "")).trim().split("\n").slice(-10).join("\n");
  throw new Error(
    `${machine}: QEMU could not be started: ${ended ?? "it does not answer"} (log: ${files.log}).\n${output}`.trimEnd(),
  );
}

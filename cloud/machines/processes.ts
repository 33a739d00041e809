import { readFile, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** A running process that is surely the one that wrote the pid file. */
export interface OwnProcess {
  readonly pid: number;
  readonly startedAt: Date;
}

/** Clock ticks per second in /proc; the kernel's interface to user space has fixed it at 100 on all of its architectures (proc(5)). */
const ticksPerSecond = 100;

/** Boot time in /proc/stat has whole seconds, and file systems may round too. */
const slackMs = 2_000;

/**
 * Finds the process that wrote a pid file. A number alone proves nothing, because the kernel gives it to others later: the command
 * line has to hold `mark` (an argument that no other process has), and the process has to be older than the file that it wrote.
 */
export async function findProcess(pidFile: string, mark: string): Promise<OwnProcess | undefined> {
  const [text, written] = await Promise.all([
    readFile(pidFile, "utf8").catch(() => ""),
    stat(pidFile).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    ),
  ]);
  const pid = Number(text.trim());
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  const [commandLine, startedAt] = await Promise.all([
    readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => ""),
    processStart(pid),
  ]);
  if (!commandLine.split("\0").includes(mark) || !startedAt) return undefined;
  return startedAt.getTime() <= written + slackMs ? { pid, startedAt } : undefined;
}

/** When a process started; undefined when there is none, or nothing is left of it but its exit status. */
export async function processStart(pid: number): Promise<Date | undefined> {
  try {
    const [line, boot] = await Promise.all([readFile(`/proc/${pid}/stat`, "utf8"), readFile("/proc/stat", "utf8")]);
    // The name in parentheses may hold spaces; state is the first field after it, the number of threads the 18th and start time
    // the 20th (fields 20 and 22 of proc_pid_stat(5)). A zombie that has other threads still holds its files and sockets.
    const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
    const bootSeconds = /^btime (\d+)$/m.exec(boot)?.[1];
    if ((fields[0] === "Z" && Number(fields[17]) <= 1) || !bootSeconds) return undefined;
    return new Date((Number(bootSeconds) + Number(fields[19]) / ticksPerSecond) * 1000);
  } catch {
    return undefined;
  }
}

/**
 * Waits until a process has ended. Gives false when the time is over. It does not look for the mark again: the kernel takes an
 * ending process's command line before it closes its sockets.
 */
export async function waitForExit(found: OwnProcess, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (await isRunning(found)) {
    if (Date.now() >= deadline) return false;
    await sleep(100);
  }
  return true;
}

/** Whether the number is still this process's, not a later one's. */
async function isRunning({ pid, startedAt }: OwnProcess): Promise<boolean> {
  const start = await processStart(pid);
  return start !== undefined && start.getTime() <= startedAt.getTime() + slackMs;
}

/** Ends the process that `find` finds, at once. The look-up comes right before the signal, so that no other process gets it. */
export async function killProcess(find: () => Promise<OwnProcess | undefined>): Promise<void> {
  const found = await find();
  if (!found) return;
  try {
    process.kill(found.pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
  if (!(await waitForExit(found, 10_000))) throw new Error(`Process ${found.pid} does not end, not even by SIGKILL.`);
}

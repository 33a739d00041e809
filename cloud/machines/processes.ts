import { readFile, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** A running process that is surely the one that wrote the pid file. */
export interface OwnProcess {
  readonly pid: number;
  readonly startedAt: Date;
}

/** Clock ticks per second in /proc; the kernel's interface to user space has fixed it at 100 on all of its architectures (proc(5)). */
const ticksPerSecond = 100;

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
  // Boot time in /proc/stat has whole seconds, and file systems may round too.
  const slackMs = 2_000;
  return startedAt.getTime() <= written + slackMs ? { pid, startedAt } : undefined;
}

/** When a process started; undefined when there is none, or only a zombie. */
export async function processStart(pid: number): Promise<Date | undefined> {
  try {
    const [line, boot] = await Promise.all([readFile(`/proc/${pid}/stat`, "utf8"), readFile("/proc/stat", "utf8")]);
    // The name in parentheses may hold spaces; state is the first field after it, start time the 20th (field 22 of proc_pid_stat(5)).
    const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
    const bootSeconds = /^btime (\d+)$/m.exec(boot)?.[1];
    if (fields[0] === "Z" || !bootSeconds) return undefined;
    return new Date((Number(bootSeconds) + Number(fields[19]) / ticksPerSecond) * 1000);
  } catch {
    return undefined;
  }
}

/** Waits until `find` finds nothing any more. Gives false when the time is over. */
export async function waitForExit(
  find: () => Promise<OwnProcess | undefined>,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (await find()) {
    if (Date.now() >= deadline) return false;
    await sleep(100, undefined, { signal });
  }
  return true;
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
  if (!(await waitForExit(find, 10_000))) throw new Error(`Process ${found.pid} does not end, not even by SIGKILL.`);
}

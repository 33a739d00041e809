import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * What only process `pid` has, now and later: a process number alone is reused by others, and a time of the wall clock moves with the
 * clock. `undefined` when there is no such process, or nothing is left of it but its exit status.
 */
export function processIdentity(pid: number): string | undefined {
  return process.platform === "linux" ? fromProc(pid) : fromPs(pid);
}

/** The ticks of the computer's clock that never steps at which a process of this boot started; the smaller, the older. */
export function startTicks(identity: string): number {
  return Number(identity.split("/")[1]);
}

/** Boot id and start in ticks since the boot, from /proc/PID/stat; see proc_pid_stat(5). */
function fromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the command in parentheses and may itself hold spaces and parentheses. State is the first field after
    // it, the number of threads the 18th and the start the 20th (fields 20 and 22).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A zombie has ended; only its parent has not looked yet. One that has other threads still holds its files and sockets.
    if (fields[0] === "X" || (fields[0] === "Z" && Number(fields[17]) <= 1)) return undefined;
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}/${fields[19]}`;
  } catch {
    return undefined;
  }
}

function fromPs(pid: number): string | undefined {
  try {
    return (
      execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8", timeout: 5000 }).trim() || undefined
    );
  } catch {
    return undefined;
  }
}

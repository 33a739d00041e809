import { readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";

/** A lock of the engine's file backend; see pkg/backend/diy/lock.go in pulumi/pulumi. */
export interface BackendLock {
  readonly pid: number;
  readonly hostname: string;
  /** ISO 8601. */
  readonly timestamp: string;
  /** Whether the engine that took it is gone. A lock of another computer counts as held. */
  readonly stale: boolean;
}

/** The locks on a stack in a `file://` backend; none when the backend is of another kind. */
export function backendLocks(backendUrl: string | undefined, project: string, stack: string): BackendLock[] {
  if (!backendUrl?.startsWith("file://")) return [];
  const [directory = ""] = backendUrl.slice("file://".length).split("?"); // options follow the question mark
  const folder = join(directory, ".pulumi/locks/organization", project, stack);
  return lockFiles(folder).flatMap((file) => {
    try {
      const { pid, hostname: host, timestamp } = JSON.parse(readFileSync(file, "utf8")) as BackendLock;
      return [{ pid, hostname: host, timestamp, stale: host === hostname() && !isEngine(pid) }];
    } catch {
      // Its engine has just removed it.
      return [];
    }
  });
}

function lockFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".json"))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** Whether `pid` is alive and, where that can be seen, a pulumi: the number may have gone to another program. */
function isEngine(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("pulumi");
  } catch {
    return true;
  }
}

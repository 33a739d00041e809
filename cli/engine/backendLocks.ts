import { readdirSync, readFileSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { processIdentity } from "../../cloud/processIdentity";
import { readJson } from "../files";
import { backendFolder } from "./fileBackend";

/** A lock of the engine's file backend; see pkg/backend/diy/lock.go in pulumi/pulumi. */
interface BackendLock {
  readonly file: string;
  /** 0 for a file that was left empty by a full disk or a power cut. */
  readonly pid: number;
  readonly hostname: string;
  /** ISO 8601. */
  readonly timestamp: string;
  /** Whether the engine that took it is gone. A lock of another computer counts as held. */
  readonly stale: boolean;
}

/** A lock is written in one go; one this old that is still empty will stay so. */
const writeMs = 10_000;

/** The locks on a stack in a `file://` backend; none in any other kind of backend. */
export function backendLocks(backendUrl: string | undefined, project: string, stack: string): BackendLock[] {
  const directory = backendFolder(backendUrl);
  if (directory === undefined) return [];
  const folder = join(directory, ".pulumi/locks/organization", project, stack);
  return lockFiles(folder).flatMap((file) => {
    const { size, mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? {};
    // Its engine has just removed it.
    if (size === undefined || mtimeMs === undefined) return [];
    const lock = readJson<Partial<BackendLock>>(file);
    // A lock that is being written has no process number yet.
    if (typeof lock?.pid !== "number")
      return Date.now() - mtimeMs > writeMs ? [{ file, pid: 0, hostname: "", timestamp: "", stale: true }] : [];
    const { pid, hostname: host = "", timestamp = "" } = lock;
    return [{ file, pid, hostname: host, timestamp, stale: host === hostname() && !isEngine(pid) }];
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

/** Whether `pid` is alive and, where that can be checked, is pulumi: the number may have been reused. */
function isEngine(pid: number): boolean {
  if (processIdentity(pid) === undefined) return false;
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("pulumi");
  } catch {
    return true;
  }
}

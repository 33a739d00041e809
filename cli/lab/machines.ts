import { existsSync } from "node:fs";
import type { MachineStatus } from "../../cloud/machines/types";
import { LabMachines } from "../../cloud/machines/LabMachines";
import { InterruptedError, UserError } from "../errors";
import type { LabPaths } from "../paths";

/** The machines of a lab. They share its folder: the inventory names their keys relative to itself. */
export function openMachines(paths: LabPaths, cache: string): LabMachines {
  return LabMachines.open({ directory: paths.directory, cacheDirectory: cache });
}

/** The lab's machines; none where the hosts are the user's own or nothing was made yet. */
export async function machinesOf(paths: LabPaths, cache: string): Promise<readonly MachineStatus[]> {
  return existsSync(paths.directory) ? fromCloud(openMachines(paths, cache).status()) : [];
}

/** Errors of `cloud/` are meant for a person, except those that JavaScript itself throws. */
export async function fromCloud<T>(action: Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await action;
  } catch (error) {
    if (signal?.aborted) throw new InterruptedError();
    if (!(error instanceof Error) || isProgrammingError(error)) throw error;
    throw new UserError(error.message);
  }
}

function isProgrammingError(error: Error): boolean {
  return [TypeError, ReferenceError, RangeError, SyntaxError].some((type) => error instanceof type);
}

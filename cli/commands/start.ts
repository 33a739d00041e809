import type { GlobalOptions } from "../context";
import { startInstances } from "../lab/instances";
import { forMachines } from "../lab/power";

/** Boots the lab's machines that are not running. */
export function start(options: GlobalOptions): Promise<number> {
  return forMachines(options, "start", "Starting", startInstances);
}

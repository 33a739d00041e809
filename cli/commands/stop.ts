import type { GlobalOptions } from "../context";
import { stopInstances } from "../lab/instances";
import { forMachines } from "../lab/power";

/** Shuts the lab's machines down; their disks stay. */
export function stop(options: GlobalOptions): Promise<number> {
  return forMachines(options, "stop", "Stopping", stopInstances);
}

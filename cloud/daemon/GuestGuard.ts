import { PortConnection } from "../fabric/portConnection";
import type { MachineFiles } from "../machines/files";
import type { GuestFilter } from "../machines/guestFilter";
import { reopenGuard } from "../machines/qemuArguments";
import { QmpClient } from "../machines/qmp";

/**
 * Stands between machines and QEMU's user network: QEMU sends what a machine sends there to one socket, and takes what may go on from
 * another (filter-redirector, see QEMU's docs on `-object`). What comes back to a machine does not pass here. As long as nobody stands
 * here, nothing passes, so machines have no such network while the daemon does not run, and have it again when it does.
 */
export class GuestGuard {
  private readonly machines = new Map<string, readonly PortConnection[]>();

  constructor(private readonly filter: GuestFilter) {}

  /** Lets a machine's frames pass from now on, whenever it runs. */
  attach({ folder, guestOut, guestIn }: MachineFiles): void {
    if (this.machines.has(folder)) return;
    const back = new PortConnection(guestIn, () => undefined);
    const out = new PortConnection(guestOut, (bytes, start, end) => {
      if (this.filter.passes(bytes, start, end)) back.send(bytes, start, end);
    });
    this.machines.set(folder, [out, back]);
  }

  /** The same for a machine that runs already, at which another daemon stood before. One of an earlier version has no such sockets. */
  async adopt(files: MachineFiles): Promise<void> {
    if (this.machines.has(files.folder)) return;
    this.attach(files);
    const qmp = await QmpClient.connect(files.qmp).catch(() => undefined);
    if (qmp) await reopenGuard(qmp).catch(() => undefined);
    qmp?.close();
  }

  detach({ folder }: MachineFiles): void {
    for (const connection of this.machines.get(folder) ?? []) connection.close();
    this.machines.delete(folder);
  }

  close(): void {
    for (const connections of this.machines.values()) for (const connection of connections) connection.close();
    this.machines.clear();
  }
}

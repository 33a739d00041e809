import { mkdirSync, readFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import type { MachineStatus } from "../../cloud/machines/types";
import { writeWhole } from "../files";
import { plannedHosts, type PlannedMachine } from "./plannedMachines";

interface InventoryHost {
  readonly name: string;
  readonly role: PlannedMachine["role"];
  readonly address: string;
  readonly ssh: Readonly<Record<string, string | number>>;
}

/** The hosts of the embedded lab in the form that a user writes for his own. */
export function renderInventory(machines: readonly MachineStatus[], file: string): string {
  const roles = new Map(plannedHosts(machines.length).map((host) => [host.name, host.role]));
  return render(
    machines.map(({ name, address, ssh }) => ({
      name,
      role: roles.get(name) ?? "worker",
      address,
      ssh: {
        host: ssh.host,
        port: ssh.port,
        user: ssh.user,
        // Relative, so that the lab's folder can be moved.
        privateKeyFile: relative(dirname(file), ssh.privateKeyFile),
        hostKey: ssh.hostKey,
      },
    })),
  );
}

/** Hosts for a preview of a lab that has no machines yet: nobody logs in to them. */
export function renderPreviewInventory(workers: number): string {
  return render(plannedHosts(workers).map((host) => ({ ...host, ssh: { host: host.address, password: "preview" } })));
}

function render(hosts: readonly InventoryHost[]): string {
  return `${JSON.stringify({ hosts }, null, 2)}\n`;
}

/** Writes the file if it differs. The engine reads it at any time, so it is always whole. */
export function writeInventory(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  if (read(file) !== content) writeWhole(file, content);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

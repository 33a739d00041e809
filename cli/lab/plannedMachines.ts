import type { LabConfig } from "../../components/config/labConfig";
import type { HostRole } from "../../components/host";
import type { MachineSpec } from "../../cloud/machines/types";

/** A host of the embedded lab before its machine exists. */
export interface PlannedMachine {
  readonly name: string;
  readonly role: HostRole;
  readonly address: string;
}

/** The documents' network: the server at .10, node-0 at .80, node-1 at .81. */
const network = { prefix: "10.240.0", prefixLength: 24, server: 10, firstNode: 80 };
const diskGiB = 8;

export function plannedHosts(workers: number): PlannedMachine[] {
  return [
    { name: "server", role: "controller", address: `${network.prefix}.${network.server}` },
    ...Array.from({ length: workers }, (_, index) => ({
      name: `node-${index}`,
      role: "worker" as const,
      address: `${network.prefix}.${network.firstNode + index}`,
    })),
  ];
}

export function machineSpecs(
  config: Pick<LabConfig, "workers" | "machineMemoryMiB" | "machineCores">,
): readonly MachineSpec[] {
  return plannedHosts(config.workers).map(({ name, address }) => ({
    name,
    address,
    prefixLength: network.prefixLength,
    memoryMiB: config.machineMemoryMiB,
    cores: config.machineCores,
    diskGiB,
  }));
}

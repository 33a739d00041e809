/** One card straight to the other; through the fabric inside of a subnet; through the fabric from subnet to subnet. */
export const paths = ["plain", "subnet", "across"] as const;
export type Path = (typeof paths)[number];

export type Traffic = {
  readonly bytesPerSecond: number;
  readonly roundTripMs: number;
};

export interface NetworkFigures {
  /** How the machines run and why. */
  readonly acceleration: string;
  readonly traffic: Readonly<Record<Path, Traffic>>;
  /** From RunInstances to the login, of each instance; one booted at a time. */
  readonly launchSeconds: readonly number[];
  /** From the start of QEMU to the login, of each machine without the embedded EC2; one booted at a time. */
  readonly plainBootSeconds: readonly number[];
  /** Resident memory of the daemon, in MiB. */
  readonly daemonMemoryMiB: { readonly empty: number; readonly withMachines: number; readonly afterTraffic: number };
}

const titles: Readonly<Record<Path, string>> = {
  plain: "plain socket",
  subnet: "one subnet",
  across: "two subnets",
};

export function renderNetwork(figures: NetworkFigures): string {
  const { acceleration, traffic, launchSeconds, plainBootSeconds, daemonMemoryMiB: memory } = figures;
  const line = (path: Path): string => {
    const { bytesPerSecond, roundTripMs } = traffic[path];
    return `${`${titles[path]}:`.padEnd(14)} TCP ${(bytesPerSecond / 1e6).toFixed(1)} MB/s, ping ${roundTripMs.toFixed(2)} ms`;
  };
  const against = (path: Path): string => {
    const throughput = traffic[path].bytesPerSecond / traffic.plain.bytesPerSecond;
    const roundTrip = traffic[path].roundTripMs / traffic.plain.roundTripMs;
    return (
      `${titles[path]} against plain socket: ${throughput.toFixed(2)} of the throughput (aim: at least 0.5), ` +
      `${roundTrip.toFixed(2)} times the round trip (aim: at most 2)`
    );
  };
  return [
    acceleration,
    ...paths.map(line),
    against("subnet"),
    against("across"),
    `RunInstances to SSH: ${seconds(launchSeconds)}; the same machine without EC2: ${seconds(plainBootSeconds)}`,
    `daemon: ${memory.empty} MiB empty, ${memory.withMachines} MiB with ${launchSeconds.length} machines, ` +
      `${memory.afterTraffic} MiB after the traffic`,
  ].join("\n");
}

function seconds(values: readonly number[]): string {
  return `${values.map((value) => value.toFixed(1)).join(", ")} s`;
}

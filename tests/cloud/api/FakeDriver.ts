import type { DriverImage, InstanceDriver, InstanceLaunch } from "../../../cloud/api/core/driver";

interface Pending {
  readonly launch: InstanceLaunch;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Machines in memory. Starts succeed at once unless they are held back or made to fail. */
export class FakeDriver implements InstanceDriver {
  readonly running = new Set<string>();
  /** What was asked for, in order: `start i-1`, `stop i-1 forced`. */
  readonly calls: string[] = [];
  readonly launches: InstanceLaunch[] = [];
  /** While true, starts wait for `release`. */
  hold = false;
  /** The reason with which starts fail. */
  startError: string | undefined;
  /** How many terminations fail before one succeeds. */
  failingTerminations = 0;
  private readonly pending = new Map<string, Pending>();
  private listener: (instanceId: string, problem?: string) => void = () => undefined;

  images(): readonly DriverImage[] {
    const image = (imageId: string, name: string, architecture: string, creationDate: string): DriverImage => ({
      imageId,
      name,
      description: "Debian 13 (trixie)",
      architecture,
      creationDate,
      ownerId: "136693071363",
      diskGiB: 8,
    });
    return [
      image("ami-0aaaaaaaaaaaaaaaa", "debian-13-amd64-20261101-1", "x86_64", "2026-11-01T00:00:00.000Z"),
      image("ami-0bbbbbbbbbbbbbbbb", "debian-13-amd64-20261121-1", "x86_64", "2026-11-21T00:00:00.000Z"),
      image("ami-0cccccccccccccccc", "debian-13-arm64-20261121-1", "arm64", "2026-11-21T00:00:00.000Z"),
    ];
  }

  async claimPublicAddress(
    { privateAddress }: { privateAddress: string },
    taken: ReadonlySet<string>,
  ): Promise<string> {
    // Time in which another claim could get in between.
    await new Promise((resolve) => setTimeout(resolve, 1));
    let last = Number(privateAddress.split(".")[3]);
    while (taken.has(`127.77.0.${last}`)) last++;
    return `127.77.0.${last}`;
  }

  async start(launch: InstanceLaunch, signal: AbortSignal): Promise<void> {
    this.calls.push(`start ${launch.instanceId}`);
    this.launches.push(launch);
    if (this.hold) {
      await new Promise<void>((resolve, reject) => {
        this.pending.set(launch.instanceId, { launch, resolve, reject });
        signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      });
    }
    if (this.startError !== undefined) throw new Error(this.startError);
    this.running.add(launch.instanceId);
  }

  /** Lets a start that is held back succeed. */
  release(instanceId: string): void {
    this.pending.get(instanceId)?.resolve();
  }

  isHeld(instanceId: string): boolean {
    return this.pending.has(instanceId);
  }

  async stop(instanceId: string, { force }: { force: boolean }): Promise<void> {
    this.calls.push(`stop ${instanceId}${force ? " forced" : ""}`);
    this.running.delete(instanceId);
    return Promise.resolve();
  }

  async reboot(launch: InstanceLaunch): Promise<void> {
    this.calls.push(`reboot ${launch.instanceId}`);
    return Promise.resolve();
  }

  async terminate(instanceId: string): Promise<void> {
    this.calls.push(`terminate ${instanceId}`);
    if (this.failingTerminations-- > 0) throw new Error("its folder is busy");
    this.running.delete(instanceId);
    return Promise.resolve();
  }

  async isRunning(instanceId: string): Promise<boolean> {
    return Promise.resolve(this.running.has(instanceId));
  }

  async consoleOutput(instanceId: string): Promise<string> {
    return Promise.resolve(`login on ${instanceId}\n`);
  }

  socket(instanceId: string): string {
    return `/run/${instanceId}/vpc.sock`;
  }

  onExit(listener: (instanceId: string, problem?: string) => void): void {
    this.listener = listener;
  }

  /** The machine ends by itself, or by a problem. */
  exit(instanceId: string, problem?: string): void {
    this.running.delete(instanceId);
    this.listener(instanceId, problem);
  }
}

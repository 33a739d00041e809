/** What the EC2 API asks of whoever runs the machines. */

/** Everything a machine needs at a boot. */
export interface InstanceLaunch {
  /** `i-...` */
  readonly instanceId: string;
  /** It has been running before, so its disks are there. */
  readonly hasRun?: boolean;
  readonly imageId: string;
  readonly cores: number;
  readonly memoryMiB: number;
  /** Size of the root disk in GiB. It is made at the first boot and stays as it is. */
  readonly diskGiB: number;
  /** Disks besides the root, empty at first, in the order in which the machine sees them. */
  readonly dataDisks: readonly { readonly volumeId: string; readonly sizeGiB: number }[];
  /** The primary network interface. */
  readonly mac: string;
  readonly privateAddress: string;
  /** Prefix length of the subnet. */
  readonly prefixLength: number;
  /** The subnet's router: its first address. */
  readonly router: string;
  /** Networks that are reached through the router: the VPC's CIDRs. */
  readonly vpcCidrs: readonly string[];
  /** Loopback address on which the machine's SSH answers; undefined for a machine without a public address. */
  readonly publicAddress?: string;
  /** Private DNS name without the domain, e.g. `ip-10-240-0-80`. */
  readonly hostname: string;
  /** The key pair's public key, one line. */
  readonly authorizedKey?: string;
  /** User data as it was sent, decoded. Applied at the first boot, as cloud-init does. */
  readonly userData?: string;
}

/** An Amazon machine image that can be launched. */
export interface DriverImage {
  /** `ami-...` */
  readonly imageId: string;
  /** As Debian names its images, e.g. `debian-13-amd64-20261121-1`. */
  readonly name: string;
  readonly description: string;
  /** `x86_64` or `arm64`. */
  readonly architecture: string;
  /** ISO 8601. */
  readonly creationDate: string;
  readonly ownerId: string;
  readonly diskGiB: number;
}

export interface InstanceDriver {
  images(): readonly DriverImage[];
  /**
   * A loopback address for a machine's SSH, that nothing else uses; the one that the instance had before where that is free. Nobody
   * else on this computer gets it until the machine that is started with it listens there.
   */
  claimPublicAddress(
    wish: { instanceId?: string; privateAddress: string },
    taken: ReadonlySet<string>,
  ): Promise<string>;
  /** Boots a machine; resolves when it answers on SSH. Quick when it runs already. Rejects with the reason, in words for a person. */
  start(launch: InstanceLaunch, signal: AbortSignal): Promise<void>;
  /** Shuts a machine down; the disk stays. With `force` at once. */
  stop(instanceId: string, options: { force: boolean }): Promise<void>;
  /** Shuts it down and boots it again; resolves when it answers. */
  reboot(launch: InstanceLaunch, signal: AbortSignal): Promise<void>;
  /** Ends a machine at once and removes everything of it. */
  terminate(instanceId: string): Promise<void>;
  isRunning(instanceId: string): Promise<boolean>;
  consoleOutput(instanceId: string): Promise<string>;
  /** Unix socket of its VPC card, for the fabric. */
  socket(instanceId: string): string;
  /** Called when a machine ends that nobody asked to end: switched off from inside, or by a problem that is told. */
  onExit(listener: (instanceId: string, problem?: string) => void): void;
}

import * as pulumi from "@pulumi/pulumi";
import { hostDefaults } from "./hostDefaults";
import { runStep, visibleArgs, type HostStepArgs } from "./runStep";
import type { RuntimeKind } from "./runtime/runtimeSettings";
import { runtimeOf } from "./runtime/runtimes";
import type { StoreSnapshotter } from "./runtime/snapshotters";
import { storeVariables } from "./storeFiles";

export interface SnapshotterStoreArgs extends HostStepArgs {
  /** The snapshotter that keeps its layers there. */
  readonly snapshotter: pulumi.Input<StoreSnapshotter>;
  /** The runtime that keeps its layers there. @default containerd */
  readonly kind?: pulumi.Input<RuntimeKind>;
  /** An empty block device, e.g. `/dev/vdb`. @default none: files on the root disk */
  readonly device?: pulumi.Input<string>;
  /** Size of those files, in GiB; they take up only what is used. @default 8 */
  readonly sizeGiB?: pulumi.Input<number>;
}

export interface StoreFacts {
  readonly snapshotter: StoreSnapshotter;
  /** Where the file system is mounted; btrfs and zfs. */
  readonly mount?: string;
  /** Name of the thin pool under /dev/mapper; devmapper. */
  readonly pool?: string;
  readonly device?: string;
  readonly fileGiB?: number;
}

/**
 * The place that a snapshotter needs on a host: a btrfs or a ZFS dataset at the runtime's own folder, or a thin pool
 * for devmapper; now and after every reboot, before the runtime starts. Deleting it removes the store with everything
 * in it.
 *
 * Fails before anything is changed when the kernel lacks what the snapshotter needs, and when the device holds data or
 * is in use: a disk is never emptied.
 */
export class SnapshotterStore extends pulumi.ComponentResource {
  /** What the step found and did. */
  readonly facts: pulumi.Output<StoreFacts>;

  constructor(name: string, args: SnapshotterStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:index:SnapshotterStore", name, visibleArgs(args), opts);
    this.facts = runStep(
      this,
      name,
      args,
      {
        script: "25-snapshotter-store",
        undoScript: "25-snapshotter-store.undo",
        variables: ({ snapshotter, kind = hostDefaults.runtime, device = "", sizeGiB = hostDefaults.storeGiB }) =>
          storeVariables(runtimeOf(kind), { snapshotter, device, sizeGiB }),
        timeoutSeconds: 600, // packages come over the network
      },
      opts,
    );
    this.registerOutputs();
  }
}

import type { types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../remote/childOptions";
import { RemoteScript } from "../remote/RemoteScript";
import type { RuntimeKind } from "./runtime/runtime";
import { runtimeOf } from "./runtime/runtimes";
import type { SnapshotterName } from "./runtime/snapshotters";
import { storeVariables } from "./storeFiles";

export interface SnapshotterStoreArgs {
  readonly connection: pulumi.Input<types.input.remote.ConnectionArgs>;
  readonly snapshotter: "btrfs" | "zfs" | "devmapper";
  /** The runtime that keeps its layers there. @default containerd */
  readonly kind?: RuntimeKind;
  /** An empty block device, e.g. `/dev/vdb`. @default none: files on the root disk */
  readonly device?: string;
  /** Size of those files, in GiB; they take up only what is used. @default 8 */
  readonly sizeGiB?: number;
  /**
   * Changing it runs the step again, which mends what somebody changed on the host; see `hardway:runAgain`.
   *
   * @default 0
   */
  readonly runAgain?: number;
}

export interface StoreFacts {
  readonly snapshotter: SnapshotterName;
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
  readonly facts: pulumi.Output<StoreFacts>;

  constructor(name: string, args: SnapshotterStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:index:SnapshotterStore", name, {}, opts);
    const { snapshotter, kind = "containerd", device = "", sizeGiB = 8 } = args;
    const store = new RemoteScript(
      name,
      {
        connection: args.connection,
        runAgain: args.runAgain,
        script: "25-snapshotter-store",
        undoScript: "25-snapshotter-store.undo",
        variables: storeVariables(runtimeOf(kind), { snapshotter, device, sizeGiB }),
        timeoutSeconds: 600, // packages come over the network
      },
      childOptions(this, opts),
    );
    this.facts = store.facts<StoreFacts>();
    this.registerOutputs();
  }
}

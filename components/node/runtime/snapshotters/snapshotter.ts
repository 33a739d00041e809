import { btrfs } from "./btrfs";
import { devmapper } from "./devmapper";
import { overlayfs } from "./overlayfs";
import { zfs } from "./zfs";

/** Where image layers and containers' own files are kept (containerd, docs/snapshotters). */
export type SnapshotterName = "overlayfs" | "btrfs" | "zfs" | "devmapper";

export interface Snapshotter {
  readonly name: SnapshotterName;
  /** Kernel module that it needs. */
  readonly module: string;
  /** Packages of Debian and Ubuntu with the tools that make and read its store. */
  readonly packages: readonly string[];
  /** What it needs besides a folder; undefined when it needs nothing. */
  readonly store?: StorePlace;
}

/** A place of its own on a block device, or in a file on the root disk. */
export type StorePlace =
  /** A file system of that type, mounted at the snapshotter's own folder. */
  | { readonly kind: "mount"; readonly type: "btrfs" | "zfs" }
  /** A thin pool of the device mapper, by that name under /dev/mapper. */
  | { readonly kind: "pool"; readonly pool: string };

export const snapshotters: Readonly<Record<SnapshotterName, Snapshotter>> = { overlayfs, btrfs, zfs, devmapper };

export const snapshotterNames = Object.keys(snapshotters) as SnapshotterName[];

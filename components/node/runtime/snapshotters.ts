/** Where image layers and containers' own files are kept (containerd, docs/snapshotters). */
export const SnapshotterName = {
  /** Layers as folders, joined by the kernel's overlay file system. */
  Overlayfs: "overlayfs",
  /** Layers as btrfs subvolumes. */
  Btrfs: "btrfs",
  /** Layers as ZFS clones. */
  Zfs: "zfs",
  /** Layers as thin block devices of a pool. */
  Devmapper: "devmapper",
} as const;
export type SnapshotterName = (typeof SnapshotterName)[keyof typeof SnapshotterName];

/** A snapshotter that needs a place of its own. */
export const StoreSnapshotter = {
  /** Layers as btrfs subvolumes, on a btrfs. */
  Btrfs: "btrfs",
  /** Layers as ZFS clones, on a ZFS dataset. */
  Zfs: "zfs",
  /** Layers as thin block devices, in a thin pool. */
  Devmapper: "devmapper",
} as const;
export type StoreSnapshotter = (typeof StoreSnapshotter)[keyof typeof StoreSnapshotter];

export function isStoreSnapshotter(name: SnapshotterName): name is StoreSnapshotter {
  return snapshotters[name].store !== undefined;
}

interface Snapshotter {
  /** Kernel module that it needs. */
  readonly module: string;
  /** Packages of Debian and Ubuntu with the tools that make and read its store. */
  readonly packages: readonly string[];
  /** What it needs besides a folder; undefined when it needs nothing. */
  readonly store?: StoreForm;
}

/** A place of its own on a block device, or in a file on the root disk. */
type StoreForm =
  /** A file system of that type, mounted at the snapshotter's own folder. */
  | { readonly kind: "mount"; readonly type: "btrfs" | "zfs" }
  /** A thin pool of the device mapper, by that name under /dev/mapper. */
  | { readonly kind: "pool"; readonly pool: string };

export const snapshotters: Readonly<Record<SnapshotterName, Snapshotter>> = {
  overlayfs: { module: "overlay", packages: [] },
  /** The snapshotter's folder itself must be on btrfs (containerd, snapshotters). */
  btrfs: { module: "btrfs", packages: ["btrfs-progs"], store: { kind: "mount", type: "btrfs" } },
  /**
   * A dataset must be mounted at the snapshotter's folder itself (containerd/zfs). Debian has the
   * kernel module in contrib only, as source; Ubuntu's kernels bring it.
   */
  zfs: { module: "zfs", packages: ["zfsutils-linux"], store: { kind: "mount", type: "zfs" } },
  /**
   * containerd calls dmsetup, and mkfs.ext4 for each image's first layer
   * (containerd, docs/snapshotters/devmapper.md).
   */
  devmapper: {
    module: "dm_thin_pool",
    packages: ["dmsetup", "e2fsprogs"],
    store: { kind: "pool", pool: "hardway-containerd" },
  },
};

export const snapshotterNames = Object.keys(snapshotters) as SnapshotterName[];

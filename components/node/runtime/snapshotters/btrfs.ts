import type { Snapshotter } from "./snapshotter";

/** Layers as btrfs subvolumes: the snapshotter's folder itself must be on btrfs (containerd, snapshotters). */
export const btrfs: Snapshotter = {
  name: "btrfs",
  module: "btrfs",
  packages: ["btrfs-progs"],
  store: { kind: "mount", type: "btrfs" },
};

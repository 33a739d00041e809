import type { Snapshotter } from "./snapshotter";

/**
 * Layers as thin block devices of a pool; containerd calls dmsetup, and mkfs.ext4 for each image's first layer
 * (containerd, docs/snapshotters/devmapper.md).
 */
export const devmapper: Snapshotter = {
  name: "devmapper",
  module: "dm_thin_pool",
  packages: ["dmsetup", "e2fsprogs"],
  store: { kind: "pool", pool: "hardway-containerd" },
};

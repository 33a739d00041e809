import type { Snapshotter } from "./snapshotter";

/** Layers as thin block devices of a pool; containerd calls dmsetup (containerd, docs/snapshotters/devmapper.md). */
export const devmapper: Snapshotter = {
  name: "devmapper",
  module: "dm_thin_pool",
  packages: ["dmsetup"],
  store: { kind: "pool", pool: "hardway-containerd" },
};

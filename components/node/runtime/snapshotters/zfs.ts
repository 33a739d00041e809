import type { Snapshotter } from "./snapshotter";

/**
 * Layers as ZFS clones: a dataset must be mounted at the snapshotter's folder itself (containerd/zfs). Debian has the
 * kernel module in contrib only, as source; Ubuntu's kernels bring it.
 */
export const zfs: Snapshotter = {
  name: "zfs",
  module: "zfs",
  packages: ["zfsutils-linux"],
  store: { kind: "mount", type: "zfs" },
};

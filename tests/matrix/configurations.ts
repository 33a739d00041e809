import type { Settings } from "./lab";

/** What single nodes have differently, by name. */
export type Nodes = NonNullable<Settings["nodes"]>;

/** The disk that `hardway:dataVolumeGiB` adds to each worker. */
export const disk = "/dev/vdb";

/**
 * Settings with which nodes of real machines have passed the whole verification in the tests beside this file. The page
 * docs/runtimes.md calls proven on machines what is in here, and nothing else.
 */
export const proven = {
  disks: {
    "node-0": { snapshotter: "btrfs", snapshotterDevice: disk, handlers: ["runc", "crun"] },
    "node-1": { snapshotter: "devmapper", snapshotterDevice: disk, cgroupDriver: "cgroupfs" },
  },
  packages: { "node-0": {}, "node-1": {} },
  newer: {
    "node-0": { runtimeSource: "mirror", handlers: ["runc", "runsc"] },
    "node-1": {},
  },
  files: {
    "node-0": { snapshotter: "devmapper", snapshotterGiB: 4 },
    "node-1": { snapshotter: "btrfs", snapshotterGiB: 4, handlers: ["runc", "runsc"] },
  },
  others: {
    "node-0": { runtime: "crio", runtimeSource: "mirror", handlers: ["crun", "runc"] },
    "node-1": { runtime: "docker", handlers: ["runc", "crun"] },
  },
  othersWithStores: {
    "node-0": {
      ...{ runtime: "crio", runtimeSource: "mirror", cgroupDriver: "cgroupfs" },
      ...{ snapshotter: "btrfs", snapshotterDevice: disk },
    },
    "node-1": { runtime: "docker", cgroupDriver: "cgroupfs", snapshotter: "btrfs", snapshotterDevice: disk },
  },
  packaged: {
    "node-0": { runtime: "crio", runtimeSource: "repository", handlers: ["runc", "crun"] },
  },
} as const satisfies Readonly<Record<string, Nodes>>;

/** The same with packages that have a product's names and bring another's programs, which proves the step and not the product. */
export const standIns = {
  packaged: {
    "node-1": { runtime: "mirantis", runtimeSource: "repository" },
  },
} as const satisfies Readonly<Record<string, Nodes>>;

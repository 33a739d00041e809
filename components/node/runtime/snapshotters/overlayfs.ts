import type { Snapshotter } from "./snapshotter";

/** Layers as folders, joined by the kernel's overlay file system; the default everywhere. */
export const overlayfs: Snapshotter = { name: "overlayfs", module: "overlay", packages: [] };

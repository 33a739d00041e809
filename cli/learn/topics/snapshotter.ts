import type { Explanation } from "../explanation";
import { inContainerd, webPage } from "../sources";

export const snapshotterTopic: Explanation = {
  name: "snapshotter",
  area: "runtime",
  title: "Snapshotter: where image layers and a container's changes are kept",
  what: `containerd keeps an image's layers as blobs in its content store, and unpacks them into snapshots, one on top of the
other. The snapshotter is the plugin that makes and mounts them: \`overlayfs\` in folders, \`btrfs\` as subvolumes, \`zfs\` as clones
of a dataset, \`devmapper\` as thin volumes.`,
  why: `Layers are stored once, and a container's root file system is ready as soon as its layers are. overlayfs needs nothing
but the kernel. The others need a store of their own, which has to be mounted before the runtime starts, at each boot.`,
  byHand: `sudo ctr plugins ls | grep snapshotter
sudo ctr -n k8s.io snapshots ls
sudo mkfs.btrfs -L hardway-store /dev/vdb     # for btrfs; devmapper needs a thin pool, zfs a dataset
sudo mount /dev/disk/by-label/hardway-store /var/lib/containerd/io.containerd.snapshotter.v1.btrfs`,
  where: [
    {
      component: "SnapshotterStore",
      files: ["components/node/SnapshotterStore.ts", "scripts/node/25-snapshotter-store.sh"],
    },
    { component: "ContainerRuntime", files: ["components/node/runtime/containerd.ts"] },
  ],
  without: {
    text: `Where the store is not mounted, containerd does not load the snapshotter, and no container starts. What was unpacked
for another snapshotter is not seen: images have to be unpacked again.`,
    experiments: ["image-layers"],
  },
  facts: [
    {
      text: "Docker removed its device mapper driver in Docker Engine 25.0; containerd has its snapshotter still.",
      source: webPage(
        "Docker, deprecated features",
        "https://docs.docker.com/engine/deprecated/#device-mapper-storage-driver",
      ),
    },
    {
      text: "How to make a thin pool for devmapper.",
      source: inContainerd("2.3.7", "docs/snapshotters/devmapper.md"),
    },
  ],
};

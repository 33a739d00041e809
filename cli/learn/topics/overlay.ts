import { kernelModules, renderModulesFile } from "../../../components/node/kernelFiles";
import { hostDefaults } from "../../../components/node/hostDefaults";
import type { Explanation } from "../explanation";
import { inContainerd, kernelDocs, webPage } from "../sources";

const modulesFile = `cat <<END | sudo tee ${hostDefaults.modulesFile}\n${renderModulesFile(kernelModules)}END`;

export const overlayTopic: Explanation = {
  name: "overlay",
  area: "kernel",
  title: "Kernel module overlay: image layers as one file system",
  what: `A kernel module is a part of the kernel that is loaded while it runs. \`overlay\` is the file system OverlayFS: it
shows several folders as one. The lower ones are only read, and what is changed goes to the upper one, as a copy of the file.`,
  why: `An image is a stack of layers. With OverlayFS all containers of an image share its layers on the disk, and each has
only its own changes besides. The snapshotter \`overlayfs\` of containerd mounts a container's root file system in this way.`,
  byHand: `${modulesFile}
sudo modprobe overlay
lsmod | grep overlay
findmnt -t overlay                      # of each running container: lowerdir, upperdir, workdir`,
  where: [
    {
      component: "KernelPrep",
      files: ["components/node/KernelPrep.ts", "components/node/kernelFiles.ts", "scripts/node/20-kernel-prep.sh"],
    },
  ],
  without: {
    text: `The kernel loads the module by itself at the first mount, so a module that is merely not loaded breaks nothing.
Where it cannot be loaded, containerd still starts and reports no fault, but no container does: its mount fails with "no
such device". The daemons of Docker and CRI-O check their storage when they start, and do not start.`,
    experiments: ["overlay-module", "image-layers"],
  },
  thenAndNow: [
    {
      id: "overlay-needed-by",
      said: { by: 1, text: "Docker and containerd require the module overlay." },
      text: `It depends on the snapshotter: with btrfs, ZFS or devmapper it is not needed. With overlayfs it has to be there
when a container starts, not when containerd does: containerd's own unit tries to load it, and goes on where that fails.`,
      source: inContainerd("1.7.24", "containerd.service"),
    },
    {
      id: "overlay2-of-docker",
      said: { by: 3, text: "containerd uses the overlay2 storage driver. (Also its model answer.)" },
      text: `containerd has snapshotters, and this one is called overlayfs. overlay2 is the storage driver of Docker's older
image store; a new installation of Docker Engine has containerd's store, with the snapshotter overlayfs.`,
      since: "Docker Engine 29",
      source: webPage("Docker, containerd image store", "https://docs.docker.com/engine/storage/containerd/"),
    },
    {
      id: "overlay-and-overlay2",
      said: { by: 3, text: "overlay2 is the modern version of overlay, and the default for Docker and containerd." },
      text: `Both were storage drivers of Docker. The older one is gone since Docker Engine 24.0. containerd never had either.
The kernel module was overlay for both.`,
      since: "Docker Engine 24.0",
      source: webPage(
        "Docker, deprecated features",
        "https://docs.docker.com/engine/deprecated/#legacy-overlay-storage-driver",
      ),
    },
    {
      id: "overlay-containerd-starts",
      said: { by: 3, text: "Without overlay, containerd fails to start." },
      text: `It starts. The unit's \`ExecStartPre=-/sbin/modprobe overlay\` may fail, because of the minus, and the snapshotter does
not try OverlayFS when it is loaded. (A unit without the minus, such as the tutorial's, does fail.)`,
      source: inContainerd("1.7.24", "snapshots/overlay/overlayutils/check.go"),
    },
    {
      id: "overlay-error-text",
      said: { by: 3, text: 'The error is "failed to create image filesystem: overlay not supported".' },
      text: `Neither containerd 1.7.24 nor 2.3.7 has this text. The kernel refuses the mount of the first container
with ENODEV, "no such device".`,
      source: inContainerd("2.3.7", "plugins/snapshots/overlay/overlay.go"),
    },
  ],
  questions: [
    {
      asked: 3,
      question: "Why load the module overlay?",
      answer: `containerd's default snapshotter, overlayfs, mounts a container's root file system from the layers of its image
and a writable layer on top. The kernel's OverlayFS does that, so the layers are stored once for all containers. The kernel would
load the module at the first mount; loading it at boot shows early where that is not possible.`,
    },
    {
      asked: 3,
      question: "What is the difference between overlay and overlay2?",
      answer: `Both are names of Docker's storage drivers, on the same kernel module, overlay. The older driver was removed in
Docker Engine 24.0. In containerd the counterpart is the snapshotter overlayfs, which is also what a new Docker uses.`,
      source: webPage(
        "Docker, deprecated features",
        "https://docs.docker.com/engine/deprecated/#legacy-overlay-storage-driver",
      ),
    },
  ],
  facts: [
    {
      text: "What lower, upper and merged folders are, and when a file is copied up, is in the kernel's own documentation.",
      source: kernelDocs("OverlayFS", "filesystems/overlayfs"),
    },
  ],
};

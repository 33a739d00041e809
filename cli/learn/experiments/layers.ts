import type { Experiment } from "../experiment";
import { endBox, endContainer, inBox, startBox, startOf } from "./box";
import { containerName, inPod } from "./pods";

const neighbour = "neighbour";

/** A folder of the container's mount, e.g. `upperdir`. */
const folderOf = (key: string) =>
  `$(ctr -n k8s.io snapshots mounts / ${containerName("box")} | grep -o '${key}=[^, ]*' | cut -d = -f 2 | cut -d : -f 1)`;

/** The layers of an image, and the container's own on top. */
export const layerExperiments: readonly Experiment[] = [
  {
    name: "image-layers",
    topic: "runtime",
    question: "Where is a file that a container changes, and one that it removes?",
    prepare: (place) => [
      endBox,
      endContainer(neighbour),
      startBox(place),
      { on: "node", run: startOf(neighbour, place) },
    ],
    break: () => [inBox("sh -c 'echo mine:x:7:7::/:/bin/sh >>/etc/passwd; rm /etc/group'")],
    observe: () => [
      {
        on: "node",
        run: `cd ${folderOf("upperdir")} && find . ! -type d -printf '%y %p\\n'; echo end`,
        question: "What is in the upper folder, the container's own?",
        healthy: { pattern: /^end$/, words: "nothing" },
        broken: {
          pattern: /^(?=[^]*^f \.\/etc\/passwd$)(?=[^]*^c \.\/etc\/group$)/m,
          words: "a whole copy of the file that was changed, and a device in the place of the one that was removed",
        },
      },
      {
        ...inBox("ls /etc"),
        question: "What does the container see, merged?",
        healthy: { pattern: /^group$/m, words: "both files" },
        broken: { pattern: /^passwd$/m, without: /^group$/m, words: "one: the device hides the other" },
      },
      {
        on: "node",
        run: `ls ${folderOf("lowerdir")}/etc`,
        question: "What is in the lower folder, the image's layer?",
        healthy: { pattern: /^group$[^]*^passwd$/m, words: "both files" },
        broken: { pattern: /^group$[^]*^passwd$/m, words: "both: nobody writes there" },
      },
      {
        on: "node",
        run: inPod(neighbour, "cat /etc/passwd /etc/group"),
        question: "And another container of the same image?",
        healthy: { pattern: /^nogroup/m, without: /mine/, words: "the image's files" },
        broken: { pattern: /^nogroup/m, without: /mine/, words: "the image's files" },
      },
    ],
    repair: (place) => [endBox, startBox(place)],
    cleanUp: () => [endBox, endContainer(neighbour)],
    why: `OverlayFS shows a container the image's layers and one folder of its own as one tree. A file that is written to is copied
up first, as a whole; one that is removed gets a whiteout, a device with the numbers 0 and 0, which hides what is below. So all
containers of an image share it on the disk, and a container starts without a copy. What it has written goes with it: data that
is to stay needs a volume (OverlayFS, in the kernel's documentation).`,
  },
];

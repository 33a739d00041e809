import type { Explanation } from "../explanation";
import { inContainerd } from "../sources";

const runtimeV2 = inContainerd("2.3.7", "docs/runtime-v2.md");

export const shimTopic: Explanation = {
  name: "shim",
  area: "runtime",
  title: "Shim: why pods outlive their runtime's daemon",
  what: `A small process for each pod, \`containerd-shim-runc-v2\`. It starts containers by \`runc\`, is their parent, holds their
input and output, and keeps the exit code.`,
  why: `The daemon can be restarted and upgraded under running pods. It is no parent of theirs, and finds them again by their
shims' sockets. For this the unit must end the daemon alone: \`KillMode=process\`.`,
  byHand: `sudo ctr -n k8s.io run -d hardway.local/busybox:1 by-hand sleep 1000
ps -e -o pid,ppid,args --forest | grep -A 2 '[c]ontainerd-shim'
sudo systemctl restart containerd && pgrep -fa 'sleep 1000'
sudo ctr -n k8s.io task rm -f by-hand && sudo ctr -n k8s.io container rm by-hand`,
  where: [
    {
      component: "ContainerRuntime",
      files: ["components/node/runtime/containerdUnit.ts", "scripts/node/30-containerd.sh"],
    },
  ],
  without: {
    text: "A restart of the daemon would end every container of the node, or leave them with nobody who knows how they end.",
    experiments: ["shim-killed", "runtime-stopped"],
  },
  thenAndNow: [
    {
      id: "shim-per-pod",
      said: { by: 5, text: "Each container gets its own shim." },
      text: "Each pod does: containers with the same sandbox are children of one shim, pause among them.",
      source: runtimeV2,
    },
    {
      id: "shim-starts",
      said: { by: 5, text: "containerd starts the shim at CreateContainer." },
      text: "The shim starts with the sandbox, at RunPodSandbox, and the pod's containers join it.",
      source: inContainerd("2.3.7", "internal/cri/server/sandbox_run.go"),
    },
  ],
};

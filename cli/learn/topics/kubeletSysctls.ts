import { kubeletSysctls } from "../../../components/node/kernelFiles";
import type { Explanation } from "../explanation";
import { inKubernetes } from "../sources";

export const kubeletSysctlsTopic: Explanation = {
  name: "kubelet-sysctls",
  area: "kernel",
  title: "Sysctls that a kubelet would set by itself",
  what: `Six kernel settings about memory that runs out, a kernel that fails, and keyrings. A kubelet writes them when it
starts, unless \`protectKernelDefaults\` is set: then it only compares, and does not start where one differs.`,
  why: `Pods may ask for more memory than there is, so the kernel has to overcommit. When memory runs out, a process has to
end and not the host. A kernel that has failed boots again after ten seconds. Root needs keys for the keyrings of many containers.
Set by a step they are checked, they hold at the next boot, and they are given back with the step.`,
  byHand: Object.entries(kubeletSysctls)
    .map(([name, value]) => `sudo sysctl -w ${name}=${value}`)
    .join("\n"),
  where: [
    {
      component: "KernelPrep",
      files: ["components/node/KernelPrep.ts", "components/node/kernelFiles.ts", "scripts/node/20-kernel-prep.sh"],
    },
  ],
  without: {
    text: `On workers of a lab with a cluster the kubelet would not start, since its configuration has
\`protectKernelDefaults: true\`. Elsewhere it would change the host without a trace.`,
  },
  facts: [
    {
      text: "The names and values are those of a kubelet of Kubernetes 1.36.3, `setupKernelTunables`.",
      source: inKubernetes("1.36.3", "pkg/kubelet/cm/container_manager_linux.go"),
    },
  ],
};

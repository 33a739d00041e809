import type { Explanation } from "../explanation";
import { inKubernetes, kubernetesChangelog, kubernetesDocs, kubernetesFeatures, webPage } from "../sources";

const swapDocs = kubernetesDocs("swap memory management", "concepts/cluster-administration/swap-memory-management");

export const swapTopic: Explanation = {
  name: "swap",
  area: "kernel",
  title: "No swap: memory that a pod asked for is memory",
  what: "Swap is disk, or compressed memory, to which the kernel moves pages that are not used. The step turns it off, now and at boot.",
  why: `A pod's request for memory is what the scheduler counts when it looks for a node, and its limit is where the kernel ends
it. Both are about memory. With swap a pod that uses more than there is goes on, but slowly, and takes its neighbours with it. So a
kubelet does not start while swap is on, unless it is told to. Swap comes from more than \`/etc/fstab\`: systemd's own units, zram,
and services such as dphys-swapfile.`,
  byHand: `sudo swapoff -a
sudo editor /etc/fstab                  # take out the lines of type swap
systemctl list-units --type swap        # and what else turns it on
cat /proc/swaps`,
  where: [
    {
      component: "KernelPrep",
      files: ["components/node/KernelPrep.ts", "scripts/node/20-kernel-prep.sh", "scripts/node/lib-swap.sh"],
    },
  ],
  without: {
    text: `A kubelet with its default \`failSwapOn: true\` ends with "running with swap on is not supported, please disable swap
or set --fail-swap-on flag to false". The lab keeps to that default.`,
    experiments: ["swap-and-limit", "kubelet-and-swap"],
  },
  thenAndNow: [
    {
      id: "scheduler-places",
      said: { by: 3, text: "The kubelet schedules a pod on a node with enough free memory." },
      text: "The scheduler does. It adds up requests, and does not look at how much is free; the kubelet runs what it is given.",
      source: kubernetesDocs("resource management", "concepts/configuration/manage-resources-containers"),
    },
    {
      id: "swap-quote",
      said: {
        by: 3,
        text: 'sig-node said: "Swap makes performance unpredictable. We want consistent, deterministic behavior."',
      },
      text: `No source of this sentence was found. What the proposal for swap says: without rules for it, memory is hard to
guarantee and a pod's use of it hard to count.`,
      source: webPage("KEP-2400, node system swap support", "https://www.kubernetes.dev/resources/keps/2400/"),
    },
    {
      id: "kubelet-refuses-swap",
      said: { by: 3, text: "From 1.8 on the kubelet refuses to start if it finds swap (preflight check)." },
      text: "Still the default, but a setting, `failSwapOn`, and the kubelet's own check.",
      since: "Kubernetes 1.8",
      source: kubernetesChangelog("1.8"),
    },
    {
      id: "swap-versions",
      said: { by: 3, text: "Swap support is alpha from 1.28 on, with the modes LimitedSwap and UnlimitedSwap." },
      text: `Alpha in 1.22, beta in 1.28 and on by default in 1.30, stable in 1.34.`,
      since: "Kubernetes 1.34",
      source: kubernetesFeatures,
    },
    {
      id: "swap-preflight",
      said: { by: 3, text: 'The error is "[ERROR Swap]: running with swap on is not supported. Please disable swap".' },
      text: `"[ERROR Swap]" was kubeadm's. Today kubeadm warns that "swap is supported for cgroup v2 only" and goes on; the kubelet
then ends with a text of its own.`,
      source: inKubernetes("1.36.3", "cmd/kubeadm/app/preflight/checks.go"),
    },
    {
      id: "swap-answer",
      said: { by: 3, text: "Kubernetes disables swap because it breaks memory guarantees. (Its model answer.)" },
      text: "As a default, yes. As a rule it is outdated: nodes with swap are supported, and pods may use it with LimitedSwap.",
      since: "Kubernetes 1.34",
      source: swapDocs,
    },
  ],
  facts: [
    {
      text: "The kubelet of 1.36.3 ends with “running with swap on is not supported, please disable swap or set --fail-swap-on flag to false”.",
      source: inKubernetes("1.36.3", "pkg/kubelet/cm/container_manager_linux.go"),
    },
    {
      text: "With `failSwapOn: false` it starts. The modes are then NoSwap, the default, with which no pod uses swap, and LimitedSwap; UnlimitedSwap of the first versions is gone.",
      source: kubernetesDocs("Linux node swap behaviors", "reference/node/swap-behavior"),
    },
  ],
  questions: [
    {
      asked: 3,
      question: "Why disable swap?",
      answer: `Requests and limits are about memory, and a pod that is swapped out is slower by orders of magnitude than one
in memory. A kubelet therefore does not start while swap is on, unless \`failSwapOn\` is false. It is a default and no law: since
Kubernetes 1.34 nodes with swap are supported.`,
      source: swapDocs,
    },
    {
      asked: 3,
      question: "Can Kubernetes run with swap enabled?",
      answer: `Yes. The feature is stable since Kubernetes 1.34: \`failSwapOn: false\` in the kubelet's configuration, on hosts
with cgroup v2. By default pods then use none (NoSwap), while other processes of the host may. With
\`memorySwap.swapBehavior: LimitedSwap\` pods of the class Burstable get a share in proportion to their request. UnlimitedSwap no
longer exists.`,
      source: swapDocs,
    },
  ],
};

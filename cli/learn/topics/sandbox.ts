import type { Explanation } from "../explanation";
import { inContainerd, manPage, webPage } from "../sources";

const netns = inContainerd("2.3.7", "pkg/netns/netns_linux.go");
const runSandbox = inContainerd("2.3.7", "internal/cri/server/sandbox_run.go");

export const sandboxTopic: Explanation = {
  name: "sandbox",
  area: "runtime",
  title: "Pod sandbox and pause: what the containers of a pod share",
  what: `A pod is a sandbox with containers in it. The sandbox has the network namespace, with the pod's address, and the
namespaces for hostname and IPC. The CRI's calls, in order: \`RunPodSandbox\`, then for each container \`CreateContainer\` and
\`StartContainer\`; at the end \`StopContainer\`, \`StopPodSandbox\`,
\`RemoveContainer\`, \`RemovePodSandbox\`. In containerd a process that only
sleeps, \`pause\`, belongs to the sandbox.`,
  why: `Containers of a pod see each other on localhost, and a container that is restarted keeps the pod's address. So the network
has to belong to something that outlives every container. At \`RunPodSandbox\` the runtime makes the namespace, has the CNI plugins
connect it, and starts pause in it; containers join by the path of the namespace.`,
  byHand: `sudo ls /run/netns                       # one mount for each pod
sudo lsns --type net
sudo ip netns exec "$(ls /run/netns | head -n 1)" ip addr show eth0`,
  where: [
    {
      component: "ContainerRuntime",
      files: ["components/node/ContainerRuntime.ts", "scripts/node/30-containerd.sh"],
    },
  ],
  without: {
    text: `Where the sandbox is lost, so is the address: the kubelet notices, ends what is left of the pod, and makes a new
sandbox.`,
    experiments: ["pause-killed"],
  },
  thenAndNow: [
    {
      id: "pause-parent",
      said: { by: 2, text: "Pause is the parent of the pod's processes and of its cgroup below /kubepods." },
      text: `The containers are children of the shim, beside pause. The kubelet makes the pod's cgroup, and the runtime puts pause
and the containers into it.`,
      source: inContainerd("2.3.7", "internal/cri/server/podsandbox/sandbox_run_linux.go"),
    },
    {
      id: "pause-killed",
      said: { by: 2, text: "Killing pause cleans up the namespace and the veth pair." },
      text: `The namespace is held by a mount in \`/run/netns\`, not by a process. Without pause the sandbox counts as not ready, and
the containers go on and answer, unless they share pause's PID namespace, whose end ends them; only \`StopPodSandbox\` has the
plugins take the network away.`,
      source: netns,
    },
    {
      id: "pause-everywhere",
      said: { by: 2, text: "Every pod has a pause container." },
      text: "In containerd and cri-dockerd. CRI-O has none, unless the pod's containers share a PID namespace (`drop_infra_ctr`).",
      source: webPage("CRI-O, crio.conf(5)", "https://github.com/cri-o/cri-o/blob/main/docs/crio.conf.5.md"),
    },
    {
      id: "netns-by-runtime",
      said: {
        by: 1,
        text: "The CRI plugin calls CNI plugins to create network namespaces. (Document 5 shows the same.)",
      },
      text: "The runtime creates the namespace and passes its path (`CNI_NETNS`); a plugin puts an interface into it.",
      source: runSandbox,
    },
    {
      id: "sandbox-calls",
      said: {
        by: 2,
        text: "To delete a pod, the kubelet calls StopContainer and RemoveContainer, and runc deletes the pause container.",
      },
      text: "Between and after them come StopPodSandbox, in which the plugins are called with DEL, and RemovePodSandbox.",
      source: webPage(
        "Kubernetes, CRI",
        "https://github.com/kubernetes/cri-api/blob/master/pkg/apis/runtime/v1/api.proto",
      ),
    },
  ],
  facts: [
    {
      text: "Where the first process of a PID namespace ends, the kernel ends all that are in it.",
      source: manPage("pid_namespaces", 7),
    },
  ],
  questions: [
    {
      question: "What is the pause container for?",
      answer: `With containerd, it is the process of the pod's sandbox: its namespaces for IPC and hostname are pause's, and, where a pod
shares its processes, so is the PID namespace, whose first process collects those that end. The network namespace is held by a mount. It
is no parent of the other containers, and CRI-O mostly has none.`,
    },
  ],
};

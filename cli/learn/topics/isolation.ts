import type { Explanation } from "../explanation";
import { inKubernetes, kubernetesDocs, kubernetesFeatures, manPage } from "../sources";

export const isolationTopic: Explanation = {
  name: "isolation",
  area: "runtime",
  title: "Isolation: what separates a container from its host",
  what: `A container is a process of the host that the kernel shows a smaller world. Namespaces decide what it sees: processes,
network, mounts, hostname, IPC, users. cgroups decide how much it gets. Capabilities are root's rights in pieces, of which it keeps
a few. A seccomp filter lists the system calls that it may make, and AppArmor or SELinux the files that it may touch.`,
  why: `All containers of a host share one kernel, so each layer covers for a hole in another. \`runc\` makes all of it from one file,
the OCI bundle's \`config.json\`, and then is gone: \`clone()\` makes the namespaces, \`setns()\` joins the pod's network,
\`pivot_root()\` makes the image's layers the root folder. What is in that file comes from the pod, by the kubelet and the runtime.`,
  byHand: `sudo ctr -n k8s.io run -d hardway.local/busybox:1 by-hand sleep 1000
pid=$(pgrep -f 'sleep 1000' | tail -n 1)
sudo lsns -p "$pid"                                             # its namespaces
cat "/proc/$pid/cgroup"
grep -E '^(CapEff|Seccomp|NoNewPrivs):' "/proc/$pid/status"     # Seccomp: 0 is none, 2 a filter
sudo cat "/proc/$pid/attr/current"                              # its AppArmor profile
sudo ls /run/containerd/io.containerd.runtime.v2.task/k8s.io/by-hand   # the bundle
sudo ctr -n k8s.io task rm -f by-hand && sudo ctr -n k8s.io container rm by-hand`,
  where: [
    {
      component: "ContainerRuntime",
      files: [
        "components/node/ContainerRuntime.ts",
        "components/node/runtime/handlers.ts",
        "scripts/node/30-containerd.sh",
      ],
    },
  ],
  without: {
    text: `A pod that asks for the host's namespaces, or to be privileged, gets them: the runtime does as it is told. What keeps a
pod from asking is policy in the API server. Where one kernel for all is not enough, a handler with a kernel of its own is the way:
see handlers.`,
    experiments: ["namespaces", "capabilities", "seccomp", "apparmor", "user-namespace", "limits"],
  },
  thenAndNow: [
    {
      id: "seccomp-by-default",
      said: { by: 5, text: "runc restricts a container's system calls by seccomp filters." },
      text: `Only where the pod asks for it (\`seccompProfile\`), or the kubelet has \`seccompDefault: true\`. The default is false, and
then a pod that says nothing has no filter. \`hardway:seccompDefault\` sets it. So a kubelet always names one, and the default of the
runtime's own configuration (\`unset_seccomp_profile\` of containerd, \`hardway:seccompProfile\`) is for what others ask of it.`,
      source: inKubernetes("1.36.3", "pkg/kubelet/apis/config/v1beta1/defaults.go"),
      experiment: "seccomp",
    },
    {
      id: "user-namespaces",
      said: { by: 5, text: "User namespaces map a container's root to an unprivileged user of the host." },
      text: `In pods with \`hostUsers: false\`. In all others root is the host's root, with fewer capabilities. Stable since 1.36.`,
      since: "Kubernetes 1.36",
      source: kubernetesFeatures,
      experiment: "user-namespace",
    },
  ],
  facts: [
    { text: "The kinds of namespaces, and what each holds.", source: manPage("namespaces", 7) },
    {
      text: "What a pod can ask for.",
      source: kubernetesDocs("security context", "tasks/configure-pod-container/security-context"),
    },
  ],
  questions: [
    {
      question: "What is a container, for the kernel?",
      answer: `A process, or a few, with namespaces, a cgroup, fewer capabilities and perhaps a filter for system calls. The kernel knows
no containers. That is why a host's \`ps\` shows them, and why all of them share its kernel.`,
    },
  ],
};

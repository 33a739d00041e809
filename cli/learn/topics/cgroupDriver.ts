import type { Explanation } from "../explanation";
import { inKubernetes, kernelDocs, kubernetesFeatures, webPage } from "../sources";

const criDriver = webPage(
  "Kubernetes, node cgroup driver by the CRI",
  "https://kubernetes.io/blog/2024/08/21/cri-cgroup-driver-lookup-now-beta/",
);
const kubeletDefaults = inKubernetes("1.36.3", "pkg/kubelet/apis/config/v1beta1/defaults.go");

export const cgroupDriverTopic: Explanation = {
  name: "cgroup-driver",
  area: "runtime",
  title: "cgroup driver systemd: who makes the groups that hold limits",
  what: `A cgroup is a group of processes that the kernel counts and limits: memory, CPU, number of processes. The kubelet makes
one for each pod, the runtime one in it for each container. With the driver \`systemd\` they ask systemd for it (a slice, a
scope); with \`cgroupfs\` they make folders below \`/sys/fs/cgroup\` themselves.`,
  why: `systemd takes the tree of groups as its own. A second owner has another view of how much of the host is given away, and
under pressure the node becomes unstable. Kubelet and runtime have to agree, since the runtime puts containers into the groups that
the kubelet made.`,
  byHand: `grep -n SystemdCgroup /etc/containerd/config.toml
sudo containerd config dump | grep SystemdCgroup    # what the daemon really uses
systemd-cgls                                        # pods are below kubepods.slice`,
  where: [
    {
      component: "ContainerRuntime",
      files: [
        "components/node/ContainerRuntime.ts",
        "components/node/runtime/containerd.ts",
        "scripts/node/30-containerd.sh",
      ],
    },
    { component: "Kubelet", files: ["components/cluster/Kubelet.ts", "components/cluster/kubeletFiles.ts"] },
  ],
  without: {
    text: `Where only the runtime has \`SystemdCgroup = false\`, pods start and nothing complains: the containers are in groups
outside of every pod's slice, whose limits do not hold for them. \`./hardway verify\` has rows for the setting and for the group of
a container that runs. Where only the kubelet has cgroupfs, and the runtime does not tell it otherwise, the kubelet ends every pod of its
node, and no pod starts: "expected cgroupsPath to be of format slice:prefix:name".`,
    experiments: ["cgroup-driver", "kubelet-driver"],
  },
  thenAndNow: [
    {
      id: "cgroup-driver-match",
      said: { by: 4, text: "It is critical that kubelet and runtime are configured with the same cgroup driver." },
      text: `The kubelet asks the runtime for its driver (\`RuntimeConfig\` of the CRI) and ignores its own setting. Alpha in
1.28, beta in 1.31, stable in 1.34. Both still have to be set where the runtime does not answer: then the kubelet falls back to its
\`cgroupDriver\`.`,
      since: "Kubernetes 1.34",
      source: kubernetesFeatures,
    },
  ],
  facts: [
    {
      text: "containerd answers since 2.0 and CRI-O since 1.28; the containerd 1.7 of Debian 13 does not.",
      source: criDriver,
    },
    {
      text: "The default of the kubelet's `cgroupDriver` is cgroupfs.",
      source: kubeletDefaults,
    },
    {
      text: "The kubelet of Kubernetes 1.36 does not start on a host with cgroup v1, unless `failCgroupV1` is false.",
      source: kubeletDefaults,
    },
    {
      text: "Removing the fallback for runtimes without RuntimeConfig was put off twice, because of containerd 1.7: from 1.36 to 1.37, then to 1.38.",
      source: webPage(
        "KEP-4033, removal of the fallback in 1.38",
        "https://github.com/kubernetes/enhancements/pull/6087",
      ),
    },
    {
      text: "What a kubelet of 1.36.3 does without that answer is in its source.",
      source: inKubernetes("1.36.3", "cmd/kubelet/app/server.go"),
    },
    {
      text: "What the controllers of cgroup v2 limit, and that each group has one writer.",
      source: kernelDocs("control group v2", "admin-guide/cgroup-v2"),
    },
  ],
  questions: [
    {
      question: "What happens where kubelet and runtime use different cgroup drivers?",
      answer: `Today they cannot: since Kubernetes 1.34 the kubelet takes over what the runtime reports, if that is containerd 2.0,
CRI-O 1.28 or newer. With an older runtime they can. Where only the runtime has cgroupfs, pods start all the same, with containers
outside of their pod's group, so that limits do not hold. Where only the kubelet has it, the pods of the node end, and none starts.`,
      source: criDriver,
    },
  ],
};

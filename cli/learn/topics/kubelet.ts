import type { Explanation } from "../explanation";
import { kubernetesChangelog, kubernetesDocs } from "../sources";

export const kubeletTopic: Explanation = {
  name: "kubelet",
  area: "cluster",
  title: "kubelet: runs the pods of its Node",
  what: `A service on each worker. It registers a Node, watches for pods that the scheduler gave it, and has the runtime run them, over
the CRI; it probes containers, reports how they are, and serves logs and exec to the API server.`,
  why: `It is the only part that makes anything run. It takes as little as possible by itself here: \`--node-ip\`, since a host with two
cards registers the wrong address otherwise; \`protectKernelDefaults\`, so that it changes no sysctl; \`resolvConf\`, since a host's
\`/etc/resolv.conf\` may name 127.0.0.53, which is the pod itself in a pod; \`clusterDNS\`, for pods' names.`,
  byHand: `./hardway --lab cluster script node-0 kubelet
curl http://127.0.0.1:10248/healthz
./hardway --lab cluster kubectl get nodes -o wide
sudo crictl pods`,
  where: [
    {
      component: "Kubelet",
      files: ["components/cluster/Kubelet.ts", "components/cluster/kubeletFiles.ts", "scripts/node/70-kubelet.sh"],
    },
  ],
  without: {
    text: `The pods of its node go on, but nobody probes or restarts them; after a while the Node is NotReady, and its pods are made
elsewhere.`,
    experiments: ["kubelet-and-swap"],
  },
  thenAndNow: [
    {
      id: "kubeconfig-keys",
      said: { by: "tutorial", text: "Kubeconfigs hold certificate and key." },
      text: "Here they name files, so that they are no secret and a renewal replaces the files alone. Both forms are documented.",
      source: kubernetesDocs("organizing cluster access", "concepts/configuration/organize-cluster-access-kubeconfig"),
    },
  ],
  facts: [
    {
      text: "The kubelet has no flag for the sandbox image since Kubernetes 1.35: see sandbox-image.",
      source: kubernetesChangelog("1.35"),
    },
    {
      text: "The fields of its configuration, with their defaults.",
      source: kubernetesDocs("kubelet configuration", "reference/config-api/kubelet-config.v1beta1"),
    },
  ],
  questions: [
    {
      question: "What happens between kubectl run and a running pod?",
      answer: `The API server checks the pod and stores it in etcd. The scheduler writes a Node into it. That Node's kubelet sees it, and
calls RunPodSandbox: the runtime makes a network namespace, has the CNI plugins connect it, and starts the sandbox. Then, for each
container: pull the image if it is missing, CreateContainer, StartContainer. The kubelet probes the containers and reports; once the pod is
ready, its address goes into the Service's endpoints, and each kube-proxy leads to it.`,
    },
  ],
};

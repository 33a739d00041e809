import type { Explanation } from "../explanation";
import { inContainerd, kubernetesChangelog, webPage } from "../sources";

export const sandboxImageTopic: Explanation = {
  name: "sandbox-image",
  area: "runtime",
  title: "Sandbox image: the one image that every pod needs",
  what: "The image of the process pause, less than a megabyte. The runtime pulls it when it starts a pod and does not have it.",
  why: `It is a setting of the runtime and of nobody else. A node that cannot reach the image's registry starts no pod at all, so
the lab's machines have an image of their own, \`hardway.local/pause:1\`, and it is pinned: a kubelet that needs space leaves it.`,
  byHand: `sudo containerd config dump | grep -E 'sandbox(_image)? ='
sudo ctr -n k8s.io images ls | grep pause`,
  where: [
    {
      component: "ContainerRuntime",
      files: ["components/node/runtime/containerd.ts", "scripts/node/30-containerd.sh", "scripts/node/lib-images.sh"],
    },
  ],
  without: {
    text: `With a name that cannot be pulled, containerd starts, reports that it is ready, and pods go on. Every new pod fails with
"failed to get sandbox image".`,
  },
  thenAndNow: [
    {
      id: "old-registry",
      said: { by: 2, text: "The typical image is k8s.gcr.io/pause:3.6. (Document 5 has 3.9 of the same registry.)" },
      text: `That registry was frozen in April 2023: nothing new is pushed there. Images are at registry.k8s.io.`,
      source: webPage(
        "Kubernetes, k8s.gcr.io image registry will be frozen",
        "https://kubernetes.io/blog/2023/02/06/k8s-gcr-io-freeze-announcement/",
      ),
    },
    {
      id: "kubelet-sandbox-flag",
      said: { by: 2, text: "The kubelet takes the image from its configuration (pod-infra-container-image)." },
      text: `It was a flag, \`--pod-infra-container-image\`, and the runtimes of the CRI had a setting of their own. It is gone: a
kubelet that gets it does not start.`,
      since: "Kubernetes 1.35",
      source: kubernetesChangelog("1.35"),
    },
  ],
  facts: [
    {
      text: "The default of containerd 2.3.7 is registry.k8s.io/pause:3.10.2.",
      source: inContainerd("2.3.7", "internal/cri/config/config.go"),
    },
    {
      text: "The key is `sandbox_image` in containerd 1.x, and `pinned_images.sandbox` in 2.x.",
      source: inContainerd("2.3.7", "docs/cri/config.md"),
    },
  ],
};

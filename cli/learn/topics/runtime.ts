import type { Explanation } from "../explanation";
import { containerdSupport, inContainerd, kubernetesDocs, webPage } from "../sources";

const dockershim = webPage("Kubernetes, dockershim FAQ", "https://kubernetes.io/blog/2022/02/17/dockershim-faq/");

export const runtimeTopic: Explanation = {
  name: "runtime",
  area: "runtime",
  title: "Container runtime: what the kubelet asks to run pods",
  what: `A daemon that pulls images, makes containers and connects them to the network. The kubelet talks to it by gRPC on a Unix
socket, in the terms of the CRI (Container Runtime Interface): pods, containers, images. To start a process the daemon calls a
program that knows the OCI's runtime specification, \`runc\`, which makes namespaces and cgroups and ends. The OCI's image
specification is about images.`,
  why: `With the CRI in between, Kubernetes runs on containerd, CRI-O, or Docker Engine behind cri-dockerd. The step writes the
daemon's whole configuration, and then asks the daemon what it made of it: a misspelt key or a second file has no effect, and
nothing else shows that.`,
  byHand: `sudo apt-get install containerd runc
cat <<END | sudo tee /etc/containerd/config.toml
version = 2
[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "overlayfs"
  default_runtime_name = "runc"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = true
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/opt/cni/bin"
  conf_dir = "/etc/cni/net.d"
END
sudo systemctl enable --now containerd && sudo systemctl restart containerd
sudo containerd config dump`,
  where: [
    {
      component: "ContainerRuntime",
      files: [
        "components/node/ContainerRuntime.ts",
        "components/node/runtime/containerd.ts",
        "scripts/node/30-containerd.sh",
        "scripts/node/31-crio.sh",
        "scripts/node/32-docker.sh",
      ],
    },
  ],
  without: {
    text: "Nothing starts or ends on the node. Pods that run go on, each with its shim.",
    experiments: ["runtime-stopped", "misspelt-key", "no-cri"],
  },
  thenAndNow: [
    {
      id: "runtime-type",
      said: { by: 2, text: "Its config.toml has only the options of the runtime runc, and no runtime_type." },
      text: `In containerd 1.7 an entry of the table \`runtimes\` replaces the default one: \`containerd config dump\` shows
\`runtime_type = ""\`, and no pod starts ("container.Runtime.Name must be set"). With the key in the file every version works.`,
      source: inContainerd("1.7.24", "metadata/containers.go"),
    },
    {
      id: "unknown-keys",
      said: { by: "often", text: "containerd refuses a key that it does not know." },
      text: 'It has no effect. 1.7 ignores it without a word; 2.3 logs "Ignoring unknown key in TOML for plugin".',
      source: inContainerd("2.3.7", "cmd/containerd/server/config/config.go"),
      experiment: "misspelt-key",
    },
    {
      id: "dockershim",
      said: { by: 5, text: "dockershim was deprecated in 2022 (1.24)." },
      text: "Deprecated in 1.20, of 2020, and removed in 1.24. Docker Engine needs cri-dockerd since then.",
      since: "Kubernetes 1.24",
      source: dockershim,
    },
    {
      id: "containerd-for-kubernetes",
      said: { by: "often", text: "Any containerd with the CRI will do." },
      text: `containerd's own table has, for Kubernetes 1.36, only 2.2.0 and 2.3.0 and newer; the series 1.7, which Debian 13
has, is in it up to 1.35. \`hardway:runtimeSource: mirror\` or \`release\` installs 2.3.`,
      since: "Kubernetes 1.36",
      source: containerdSupport,
    },
  ],
  facts: [
    {
      text: "containerd 2.3.7 reads a plugin's table onto its defaults, so that what the file leaves out keeps its default.",
      source: inContainerd("2.3.7", "cmd/containerd/server/config/config.go"),
    },
    {
      text: "CRI-O has the minor version of the Kubernetes that it is for: 1.34 is for Kubernetes 1.34.",
      source: webPage(
        "CRI-O, compatibility matrix",
        "https://github.com/cri-o/cri-o#compatibility-matrix-cri-o--kubernetes",
      ),
    },
    {
      text: "The schema of config.toml is 2 in containerd 1.x and 3 in 2.x, where the plugin is split into images and runtime; 2.x still reads schema 2.",
      source: inContainerd("2.3.7", "docs/cri/config.md"),
    },
    {
      text: "Kubernetes requires a runtime with version v1 of the CRI since 1.26.",
      source: kubernetesDocs("container runtimes", "setup/production-environment/container-runtimes"),
    },
  ],
  questions: [
    {
      question: "What is the difference between CRI and OCI?",
      answer: `The CRI is how the kubelet talks to a runtime's daemon: pods, containers, images, over gRPC. The OCI's
specifications are below: what an image is, and what a program such as runc is given to start one container. CNI is a third thing,
between the daemon and the plugins that connect a pod.`,
    },
    {
      question: "Which runtime for which node?",
      answer: `containerd is the usual choice, and serves tools besides Kubernetes. CRI-O does only what a kubelet asks for, in step
with Kubernetes' versions. Docker Engine with cri-dockerd is for nodes where people need Docker as well, at the price of one daemon
more.`,
      source: kubernetesDocs("container runtimes", "setup/production-environment/container-runtimes"),
    },
    {
      question: "Does Kubernetes still run with Docker?",
      answer: `With images that Docker builds, always: they are OCI images. With Docker Engine as the runtime, by cri-dockerd.
What Kubernetes 1.24 removed is dockershim, the kubelet's own way to talk to Docker.`,
      source: dockershim,
    },
  ],
};

import type { Explanation } from "../explanation";
import { inKubernetes, kubernetesDocs, kubernetesFeatures, webPage } from "../sources";

export const kubeProxyTopic: Explanation = {
  name: "kube-proxy",
  area: "cluster",
  title: "kube-proxy: leads what is sent to a Service to its pods",
  what: `A service on each worker that watches Services and the pods behind them, and writes rules for the kernel. The kernel leads each
new connection to a Service's address to one of its pods.`,
  why: `No card has a Service's address: it exists only in these rules, on every node. No packet passes kube-proxy itself, so a Service
goes on as the rules last knew it while kube-proxy is away.`,
  byHand: `./hardway --lab cluster script node-0 kube-proxy
curl http://127.0.0.1:10256/healthz
sudo iptables -t nat -S KUBE-SERVICES | head     # in mode iptables
sudo nft list map ip kube-proxy service-ips      # in mode nftables`,
  follow: {
    ends: "node-0 svc/kube-system/kube-dns:53",
    shows: "in a cluster, each rule from the Service to the pod, and the hook at which the address changes.",
  },
  where: [
    {
      component: "KubeProxy",
      files: [
        "components/cluster/KubeProxy.ts",
        "components/cluster/kubeProxyFiles.ts",
        "scripts/node/71-kube-proxy.sh",
      ],
    },
  ],
  without: {
    text: "A Service that is made now leads nowhere on that node, and connections still go to pods that are gone.",
    experiments: ["proxy-stopped", "nobodys-port"],
  },
  thenAndNow: [
    {
      id: "proxy-modes",
      said: { by: 2, text: "kube-proxy programs iptables (or IPVS) rules." },
      text: `nftables is the third mode, stable since 1.33. iptables is still what it takes when nothing is set.`,
      since: "Kubernetes 1.33",
      source: kubernetesFeatures,
    },
  ],
  facts: [
    {
      text: `A port that a Service does not have is nobody's: in mode nftables kube-proxy refuses it, in mode iptables the packet
goes on by the default route, to whoever answers there. The lab refuses it in every mode, by a table that kube-proxy's service
makes before it starts: \`sudo nft list table ip hardway_services\`.`,
      source: inKubernetes("1.36.3", "pkg/proxy/nftables/proxier.go"),
    },
    {
      text: "What kube-proxy of Kubernetes 1.36.3 takes when no mode is set, and its warning about IPVS.",
      source: inKubernetes("1.36.3", "cmd/kube-proxy/app/server_linux.go"),
    },
    {
      text: "IPVS is deprecated since Kubernetes 1.35.",
      source: webPage("KEP-5495, deprecate IPVS mode", "https://www.kubernetes.dev/resources/keps/5495/"),
    },
    {
      text: "The modes, and which kernels they need.",
      source: kubernetesDocs("virtual IPs and service proxies", "reference/networking/virtual-ips"),
    },
  ],
};

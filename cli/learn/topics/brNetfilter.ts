import type { Explanation } from "../explanation";
import { kernelDocs, kubernetesDocs, webPage, tutorialIssue } from "../sources";

const calico = webPage("Calico, frequently asked questions", "https://docs.tigera.io/calico/latest/reference/faq");

export const brNetfilterTopic: Explanation = {
  name: "br_netfilter",
  area: "kernel",
  title: "Kernel module br_netfilter: rules see what crosses the bridge",
  what: `The pods of a node are ports of one bridge, \`cni0\`. A bridge passes frames on by their MAC address, below IP. With
\`br_netfilter\` it shows the IP packets in them to netfilter: to iptables, nftables and connection tracking alike.`,
  why: `It matters for one case: a pod calls a Service, and the pod behind it is on the same node. The request is for an address
that is on no bridge, so it goes to the gateway, is routed, and gets the pod's address in place of the Service's. The reply goes
from port to port of the bridge. Unless connection tracking sees it there, its sender stays the pod's address, and the client
refuses an answer from somebody whom it never asked. All that comes from other nodes is routed in both directions, and needs none
of this.`,
  byHand: `sudo modprobe br_netfilter
lsmod | grep br_netfilter
# a Service by hand, for a pod 10.200.0.5 of the same node; the same with -D takes it away
sudo iptables -t nat -A PREROUTING -d 192.0.2.80 -p tcp --dport 80 -j DNAT --to 10.200.0.5:8080`,
  follow: {
    ends: "node-0 node-0",
    shows: "the hooks of the IP layer are called from the bridge, though nothing is routed.",
  },
  where: [{ component: "KernelPrep", files: ["components/node/KernelPrep.ts", "scripts/node/20-kernel-prep.sh"] }],
  without: {
    text: `Services whose pod is on the client's own node do not answer. Pods of other nodes do, and so does the API server,
whose address is a host's. Firewall rules between two pods of one node have no effect either.`,
    experiments: ["bridge-netfilter", "bridge-module", "bridge-filter"],
  },
  thenAndNow: [
    {
      id: "policies-and-bridge",
      said: {
        by: 3,
        text: "Without br_netfilter network policies do not work: Calico cannot enforce its rules. (Document 1 says it of network policies in general.)",
      },
      text: `That is so where pods are ports of a bridge and rules in FORWARD are to stand between them. Calico has no bridge: each
pod's interface is routed by the host, and netfilter sees its packets anyway.`,
      source: calico,
      experiment: "bridge-filter",
    },
    {
      id: "services-without-br_netfilter",
      said: { by: 3, text: 'Pods cannot reach Services; the symptom is "dial tcp 10.96.0.1:443: i/o timeout".' },
      text: `Only a Service whose chosen pod is on the same bridge as the client fails. 10.96.0.1 leads to the API server at a
host's address, so its replies are routed, and work without the module.`,
      source: tutorialIssue(561),
      experiment: "bridge-netfilter",
    },
    {
      id: "dns-without-br_netfilter",
      said: { by: 3, text: "DNS breaks: the Service of CoreDNS cannot be reached." },
      text: "It breaks for pods on the node on which a CoreDNS runs, and for these only as often as the Service chooses that one.",
      source: tutorialIssue(254),
      experiment: "bridge-netfilter",
    },
    {
      id: "dnat-skipped",
      said: { by: 3, text: "Without the setting kube-proxy's DNAT rules are skipped." },
      text: `The request is addressed to the bridge itself, as the pod's gateway, so it is routed and the DNAT happens. What is
missing is the way back: the reply over the bridge keeps the pod's address as its sender.`,
      source: tutorialIssue(561),
      experiment: "bridge-netfilter",
    },
    {
      id: "snat-skipped",
      said: { by: 3, text: "Without the setting source NAT fails for traffic to the outside." },
      text: "What leaves the node is routed, and passes POSTROUTING whatever the bridge does.",
      source: kernelDocs("bridge", "networking/bridge"),
    },
    {
      id: "overlay-network",
      said: { by: 1, text: "Kubernetes creates an internal overlay network." },
      text: `Kubernetes makes no network. It asks that pods reach each other without NAT, and a CNI plugin sees to that: here a
bridge on each node and plain routes between them, without encapsulation.`,
      source: kubernetesDocs("cluster networking", "concepts/cluster-administration/networking"),
      experiment: "host-route",
    },
  ],
  questions: [
    {
      asked: 3,
      question: "Why load the module br_netfilter?",
      answer: `So that netfilter sees what two pods of one node send each other over the bridge. The case that needs it is a
Service whose pod is on the client's node: without it the reply is not translated back. It is not needed between nodes, nor with
a network without a bridge. It makes no difference whether kube-proxy writes iptables or nftables rules.`,
    },
    {
      asked: 3,
      question: "What happens if br_netfilter is not loaded?",
      answer: `Pods start, and pods of different nodes reach each other and Services there. A pod gets no answer from a Service
whose chosen pod is on its own node: the same Service works or not, depending on where its pods are. The API server's Service
works, since it leads to a host. So the symptom is a Service, often DNS, that fails on some nodes or now and then.`,
    },
    {
      asked: 3,
      question: "Why does Kubernetes care about iptables?",
      answer: `By default kube-proxy writes iptables rules that lead a connection to a Service's address to one of
its pods (DNAT). Since Kubernetes 1.33 its mode nftables is stable and does the same; either way the kernel does the work, and
netfilter has to see both directions. Some network plugins use iptables for network policies too; others, such as Cilium, use
eBPF for both.`,
      source: webPage(
        "Kubernetes, NFTables mode for kube-proxy",
        "https://kubernetes.io/blog/2025/02/28/nftables-kube-proxy/",
      ),
    },
  ],
  facts: [
    {
      text: "The kernel's documentation calls br_netfilter a legacy feature, and advises nftables for filtering on a bridge. What a Service needs of it, rules for bridges do not replace.",
      source: kernelDocs("bridge, Netfilter", "networking/bridge"),
    },
  ],
};

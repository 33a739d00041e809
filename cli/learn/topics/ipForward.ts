import type { Explanation } from "../explanation";
import { inCniPlugins, kernelDocs } from "../sources";

export const ipForwardTopic: Explanation = {
  name: "ip_forward",
  area: "kernel",
  title: "Sysctl ip_forward: a node is a router for its pods",
  what: `Whether the kernel passes on packets that are not for the host itself. A packet for a pod of another node comes in by
\`cni0\` and leaves by the network card.`,
  why: `A node is the router between its pods' network and the network of the nodes. Linux forwards nothing by default. The
bridge plugin turns forwarding on whenever it connects a pod; the setting covers what happens before the first pod, and is there to
read for whoever looks after the node. Setting it sets every card's own \`forwarding\` as well, and the
setting of the card that a packet comes in by decides.`,
  byHand: `sudo sysctl -w net.ipv4.ip_forward=1
cat /proc/sys/net/ipv4/conf/cni0/forwarding`,
  follow: {
    ends: "node-0 node-1",
    shows: "`ip forward` on both nodes, and a TTL that is smaller by one behind it.",
  },
  where: [{ component: "KernelPrep", files: ["components/node/KernelPrep.ts", "scripts/node/20-kernel-prep.sh"] }],
  without: {
    text: `Pods reach the pods of their own node and the node itself, and nothing beyond; from other hosts nobody reaches
them. A Service fails even
on the same node, since the request to it is routed. The next pod that starts mends all of it.`,
    experiments: ["forwarding", "plugin-forwards"],
  },
  thenAndNow: [
    {
      id: "forwarding-by-plugin",
      said: { by: "often", text: "You must set ip_forward, or pods never reach another node." },
      text: `The bridge plugin with \`isGateway\` writes 1 at every ADD. So the fault mends itself with the next pod, and
\`./hardway verify\`, which starts one, puts the value back that it found.`,
      source: inCniPlugins("1.9.1", "plugins/main/bridge/bridge.go"),
      experiment: "plugin-forwards",
    },
  ],
  questions: [
    {
      asked: 3,
      question: "Why set net.ipv4.ip_forward to 1?",
      answer: `A node routes between its pods' bridge and its network card, and Linux forwards no packets unless told to. Without
it only pods of the same node reach each other. A bridge plugin that is the pods' gateway sets it too, at the first pod.`,
    },
  ],
  facts: [
    {
      text: "The kernel's default is 0, and a change of this value resets the forwarding of every card to it.",
      source: kernelDocs("IP sysctl, ip_forward", "networking/ip-sysctl"),
    },
  ],
};

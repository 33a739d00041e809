import { kernelSysctls, renderSysctlFile } from "../../../components/node/kernelFiles";
import { hostDefaults } from "../../../components/node/hostDefaults";
import type { Explanation } from "../explanation";
import { kernelDocs } from "../sources";

export const sysctlFileByHand = `cat <<END | sudo tee ${hostDefaults.sysctlFile}\n${renderSysctlFile(kernelSysctls)}END
sudo sysctl --system`;

export const bridgeNfCallTopic: Explanation = {
  name: "bridge-nf-call-iptables",
  area: "kernel",
  title: "Sysctls bridge-nf-call-iptables and -ip6tables: the switch of br_netfilter",
  what: `The sysctls of br_netfilter: whether bridged IPv4 and IPv6 packets pass netfilter. Despite their names they hold for
nftables too.`,
  why: `They are 1 as soon as the module is loaded. A distribution or an administrator may set 0, for example on hosts of
virtual machines, and then Services fail as without the module. A file of ours, late in the order of names, makes sure.
\`bridge-nf-call-ip6tables\` is the same for IPv6; the lab's pods have no IPv6 addresses, so it shows no effect here.`,
  byHand: `${sysctlFileByHand}
sysctl net.bridge.bridge-nf-call-iptables net.bridge.bridge-nf-call-ip6tables net.ipv4.ip_forward`,
  follow: {
    ends: "node-0 node-0",
    shows:
      "while the sysctl is 1, `called by br_netfilter` at each hook of the IP layer; while it is 0, the bridge alone.",
  },
  where: [
    {
      component: "KernelPrep",
      files: ["components/node/KernelPrep.ts", "components/node/kernelFiles.ts", "scripts/node/20-kernel-prep.sh"],
    },
  ],
  without: {
    text: `Where it is 0, a Service with a pod on the client's own node does not answer. Where it is 1, a policy of FORWARD that
drops, as Docker sets one, also stands between two pods of one node: the module can break pods, too.`,
    experiments: ["bridge-netfilter", "bridge-filter", "later-file"],
  },
  thenAndNow: [
    {
      id: "bridge-nf-default",
      said: { by: 3, text: "Even with br_netfilter loaded you must enable the sysctl." },
      text: "Its default is 1. It has to be set only where something else sets it to 0.",
      source: kernelDocs("IP sysctl, /proc/sys/net/bridge", "networking/ip-sysctl"),
    },
  ],
  questions: [
    {
      asked: 3,
      question: "Why set net.bridge.bridge-nf-call-iptables to 1?",
      answer: `It makes bridged packets pass netfilter, so that a Service works whose pod is on the client's node, and rules
between pods of a node apply. The kernel's default is 1 once br_netfilter is loaded; the file sets it on hosts where another
file sets 0. Without it, what is routed is not affected: traffic between nodes, and to the outside.`,
    },
  ],
};

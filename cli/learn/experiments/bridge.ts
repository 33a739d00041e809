import type { Experiment, Observation } from "../experiment";
import { onNode, ownTable, withoutTable } from "./commands";
import { answers, inPod, ping, silent } from "./pods";
import { sysctl } from "./sysctl";

/** Of a network that is for documents (RFC 5737). */
const byNftables = "192.0.2.80";
const byIptables = "192.0.2.81";
const chain = "HARDWAY-TRY";
const pods = [
  { name: "web", on: "node" },
  { name: "client", on: "node" },
] as const;

/** A chain of our own, and a jump to it. */
const withChain = (iptables: string, from: string) => [
  onNode(`${iptables} -N ${chain} && ${iptables} -I ${from} -j ${chain}`),
];
/** Takes them away, also where only one of them is there. */
const withoutChain = (iptables: string, from: string) =>
  onNode(`{ ${iptables} -D ${from} -j ${chain}; ${iptables} -F ${chain}; ${iptables} -X ${chain}; } 2>/dev/null || :`);

const nat = "iptables -t nat";
const withoutServices = [withoutTable, withoutChain(nat, "PREROUTING")];
const services = [
  ...withoutServices,
  onNode(
    `nft "table ${ownTable} { chain service { type nat hook prerouting priority -100; ip daddr ${byNftables} tcp dport 80 dnat to $web:8080; }; }"`,
  ),
  ...withChain(nat, "PREROUTING"),
  onNode(`${nat} -A ${chain} -d ${byIptables} -p tcp --dport 80 -j DNAT --to-destination $web:8080`),
];

const ask = (service: string, how: string): Observation => ({
  ...onNode(inPod("client", `sh -c 'printf "GET / HTTP/1.0\\r\\n\\r\\n" | timeout 6 nc -w 3 ${service} 80'; echo end`)),
  question: `Does the Service ${service}, ${how} for the pod web, answer a pod on the same node?`,
  healthy: { pattern: /^here/m, words: "it answers" },
  broken: { pattern: /^end/m, without: /^here/m, words: "nothing comes back" },
});

const fromElsewhere = (other: string): Observation => ({
  on: "other",
  run: ping("$web"),
  question: `Does the pod itself answer ${other}?`,
  healthy: answers,
  broken: { ...answers, words: "it still answers" },
});

/** The address that an interface has by itself, for its own link. */
const linkLocal = `$(${inPod("web", "ip -6 -o addr show dev eth0 scope link")} | grep -o 'fe80[^/]*')`;
const filters = ["iptables", "ip6tables"].map((program) => withoutChain(program, "FORWARD"));

export const bridgeExperiments: readonly Experiment[] = [
  {
    name: "bridge-netfilter",
    topic: "kernel",
    question: "What does a node need br_netfilter for?",
    pods,
    prepare: () => services,
    break: () => [sysctl("net.bridge.bridge-nf-call-iptables", 0)],
    observe: ({ other }) => [
      ask(byNftables, "a rule of nftables"),
      ask(byIptables, "a rule of iptables"),
      fromElsewhere(other),
    ],
    repair: () => [sysctl("net.bridge.bridge-nf-call-iptables", 1)],
    cleanUp: () => withoutServices,
    why: `The request goes to an address that is on no bridge, so it is routed, and rewritten to the pod's. The reply goes
straight over the bridge to the client, and without br_netfilter nothing rewrites its sender back: the client gets an answer
from an address that it never asked, and refuses it. What comes from other nodes is routed in both directions and needs none
of this. Rules of nftables are no different from those of iptables, since connection tracking has to see the reply. The value
is 1 as soon as the module is loaded; the file matters where a distribution writes 0.`,
  },
  {
    name: "bridge-module",
    topic: "kernel",
    question: "What becomes of the sysctls of a module that is not loaded when they are set?",
    pods,
    prepare: () => services,
    break: () => [onNode("rmmod br_netfilter")],
    observe: ({ other }) => [
      {
        ...onNode("sysctl --system 2>&1 | grep bridge-nf-call-iptables; echo end"),
        question: "What does setting all sysctls make of the module's?",
        healthy: { pattern: /^net\.bridge\.bridge-nf-call-iptables = 1$/m, words: "1" },
        broken: { pattern: /^end$/, words: "nothing: its line is skipped" },
      },
      ask(byIptables, "a rule of iptables"),
      fromElsewhere(other),
    ],
    repair: () => [onNode("modprobe br_netfilter")],
    cleanUp: () => withoutServices,
    why: `A module brings its sysctls along, so the module comes first: at boot systemd-sysctl waits for systemd-modules-load, and
where the module's file is missing, its line in the sysctl file is skipped and the boot goes on. Loaded later, the module starts
with the kernel's default, which is 1, and a rule of udev that systemd brings along applies the files to net.bridge again
(99-systemd.rules). That is why the repair is one command. (modprobe -r would unload the module bridge as well, which nobody else holds, and with it
the pods' bridge.) See sysctl.d(5), its example of br_netfilter.`,
  },
  {
    name: "bridge-filter",
    topic: "kernel",
    question: "Does a firewall rule stand between two pods of one node?",
    pods,
    prepare: () => [
      ...filters,
      ...withChain("iptables", "FORWARD"),
      onNode(`iptables -A ${chain} -s $client -d $web -j DROP`),
      ...withChain("ip6tables", "FORWARD"),
      onNode(`ip6tables -A ${chain} -p icmpv6 --icmpv6-type echo-request -j DROP`),
    ],
    break: () => [sysctl("net.bridge.bridge-nf-call-iptables", 0), sysctl("net.bridge.bridge-nf-call-ip6tables", 0)],
    observe: () => [
      {
        ...onNode(inPod("client", ping("$web"))),
        question: "A rule in FORWARD drops what the pod client sends to the pod web. Is web silent?",
        healthy: { ...silent, words: "yes: nothing comes back" },
        broken: { ...answers, words: "no: it answers" },
      },
      {
        ...onNode(inPod("client", `ping6 -c 2 -W 2 -w 6 ${linkLocal}%eth0`)),
        question: "The same by IPv6, with the addresses that every interface gives itself?",
        healthy: { ...silent, words: "yes: nothing comes back" },
        broken: { ...answers, words: "no: it answers" },
      },
    ],
    repair: () => [sysctl("net.bridge.bridge-nf-call-iptables", 1), sysctl("net.bridge.bridge-nf-call-ip6tables", 1)],
    cleanUp: () => filters,
    why: `A bridge passes frames on below IP, where iptables has no say. With br_netfilter and these values the packets in them
pass FORWARD as well: network policies made of such rules hold inside of a node, and a policy that drops everything, as Docker
sets one, separates the pods of a node, too. The one sysctl is for IPv4, the other for IPv6. Networks without a bridge, such as
Calico's, route between the pods of a node, and need neither (kernel documentation, /proc/sys/net/bridge).`,
  },
];

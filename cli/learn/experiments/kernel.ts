import type { Experiment, HostCommand } from "../experiment";
import { answers, inPod, ping, silent } from "./pods";

/** Of a network that is for documents (RFC 5737). */
const service = "192.0.2.80";
const table = "ip hardway_try";
const withoutService: HostCommand = { on: "node", run: `nft delete table ${table} 2>/dev/null || :` };
const sysctl = (key: string, value: number): HostCommand => ({ on: "node", run: `sysctl -w ${key}=${value}` });
const pods = [
  { name: "web", on: "node" },
  { name: "client", on: "node" },
] as const;
const laterFile = "/etc/sysctl.d/99-zz-hardway-try.conf";

export const kernelExperiments: readonly Experiment[] = [
  {
    name: "forwarding",
    topic: "kernel",
    question: "Which packets of pods does net.ipv4.ip_forward decide about?",
    pods,
    break: () => [sysctl("net.ipv4.ip_forward", 0)],
    observe: ({ node, other }) => [
      {
        on: "other",
        run: ping("$web"),
        question: `Does a pod on ${node} answer ${other}?`,
        healthy: answers,
        broken: silent,
      },
      {
        on: "node",
        run: inPod("client", ping("$web")),
        question: "Does it answer another pod on the same bridge?",
        healthy: answers,
        broken: { ...answers, words: "it still answers" },
      },
    ],
    repair: () => [sysctl("net.ipv4.ip_forward", 1)],
    why: `A node is a router for its pods. ip_forward decides about packets that come in by one card and leave by another,
here between the network of the nodes and the pods' bridge. Two pods of one node are ports of the same bridge, which passes
frames on without routing. The bridge plugin writes 1 itself whenever it connects a pod, so the next pod to start would mend
this: the setting covers the time before the first pod, and says what the node relies on.`,
  },
  {
    name: "bridge-netfilter",
    topic: "kernel",
    question: "What does a node need br_netfilter for?",
    pods,
    prepare: () => [
      withoutService,
      {
        on: "node",
        run: `nft "table ${table} { chain service { type nat hook prerouting priority -100; ip daddr ${service} tcp dport 80 dnat to $web:8080; }; }"`,
      },
    ],
    break: () => [sysctl("net.bridge.bridge-nf-call-iptables", 0)],
    observe: ({ other }) => [
      {
        on: "node",
        run: inPod("client", `sh -c 'printf "GET / HTTP/1.0\\r\\n\\r\\n" | timeout 6 nc -w 3 ${service} 80'; echo end`),
        question: `Does the Service ${service}, a rule made by hand for the pod web, answer a pod on the same node?`,
        healthy: { pattern: /^here/m, words: "it answers" },
        broken: { pattern: /^(?![^]*^here)[^]*^end/m, words: "nothing comes back" },
      },
      {
        on: "other",
        run: ping("$web"),
        question: `Does the pod itself answer ${other}?`,
        healthy: answers,
        broken: { ...answers, words: "it still answers" },
      },
    ],
    repair: () => [sysctl("net.bridge.bridge-nf-call-iptables", 1)],
    cleanUp: () => [withoutService],
    why: `The request goes to an address that is on no bridge, so it is routed, and rewritten to the pod's. The reply goes
straight over the bridge to the client, and without br_netfilter nothing rewrites its sender back: the client gets an answer
from an address that it never asked, and refuses it. What comes from other nodes is routed in both directions and needs none
of this. Rules of nftables are no different from those of iptables, since connection tracking has to see the reply. The value
is 1 as soon as the module is loaded; the file matters where a distribution writes 0.`,
  },
  {
    name: "later-file",
    topic: "kernel",
    question: "Which file decides where two of them set the same sysctl?",
    break: () => [{ on: "node", run: `echo 'net.ipv4.ip_forward = 0' >${laterFile}` }],
    observe: () => [
      {
        on: "node",
        run: "/usr/lib/systemd/systemd-sysctl --cat-config | sed -n 's/^net.ipv4.ip_forward *= *//p' | tail -n 1",
        question: "What would the next boot set ip_forward to?",
        healthy: { pattern: /^1$/m, words: "1" },
        broken: { pattern: /^0$/m, words: "0" },
      },
      {
        on: "node",
        run: "cat /proc/sys/net/ipv4/ip_forward",
        question: "And what is it now?",
        healthy: { pattern: /^1$/m, words: "1" },
        broken: { pattern: /^1$/m, words: "still 1" },
      },
    ],
    repair: () => [{ on: "node", run: `rm -f ${laterFile}` }],
    why: `systemd-sysctl reads the files of all its folders in the order of their names, and the last line about a key counts
(sysctl.d(5)). A file has no effect before the next boot, or before somebody runs sysctl --system: such a fault sleeps until
then. So ./hardway verify looks at both, the kernel and the files.`,
  },
];

import { literal } from "../../../components/literal";
import { parseCidr } from "../../../components/plan/cidr";
import { sampleAddress } from "../../verify/routes";
import type { Experiment } from "../experiment";
import { boxProcess, endBox, startBox } from "./box";
import { answers, bridgeAddress, ping, silent } from "./pods";

export const nodeExperiments: readonly Experiment[] = [
  {
    name: "runtime-stopped",
    topic: "runtime",
    question: "What do running pods lose when their container runtime stops?",
    pods: [{ name: "web", on: "node" }],
    break: () => [{ on: "node", run: "systemctl stop containerd" }],
    observe: ({ node, other }) => [
      {
        on: "other",
        run: ping("$web"),
        question: `Does a pod on ${node} answer ${other}?`,
        healthy: answers,
        broken: { ...answers, words: "it still answers" },
      },
      {
        on: "node",
        run: "ctr --connect-timeout 5s version",
        question: "Does the runtime answer?",
        healthy: { pattern: /^Server:/m, words: "it answers" },
        broken: {
          pattern: /no such file|refused|deadline|failed to dial/,
          without: /^Server:\n +Version/m,
          words: "it does not",
        },
      },
    ],
    repair: () => [{ on: "node", run: "systemctl start containerd" }],
    why: `containerd is not the parent of containers. Each pod has a shim, a small process of its own, which keeps its
containers and their output while the daemon is away: so a runtime can be restarted and upgraded under running pods. What stops
is everything that needs the CRI: no pod starts or ends, and kubectl exec and logs get no answer from this node.`,
  },
  {
    name: "shim-killed",
    topic: "runtime",
    question: "What becomes of a container whose shim is killed?",
    prepare: (place) => [endBox, startBox(place)],
    break: () => [{ on: "node", run: `kill -KILL $(ps -o ppid= -p ${boxProcess})` }],
    observe: () => [
      {
        on: "node",
        run: "ctr -n k8s.io task ls | grep hardway-try-box || echo none",
        question: "Does the container run?",
        healthy: { pattern: /RUNNING/, words: "yes" },
        broken: { pattern: /STOPPED|^none$/, words: "no: the runtime has ended it" },
      },
      {
        on: "node",
        run: "systemctl is-active containerd",
        question: "And the runtime?",
        healthy: { pattern: /^active$/m, words: "yes" },
        broken: { pattern: /^active$/m, words: "yes" },
      },
    ],
    repair: (place) => [endBox, startBox(place)],
    cleanUp: () => [endBox],
    why: `The shim is the parent of a container's processes: it has their output and learns how they end. When it is gone, nobody
can, so containerd ends what is left and takes it for a container that was killed; a kubelet starts another one. It is one process
per pod, so the others notice nothing. The runtime itself may go away, as the experiment runtime-stopped shows.`,
  },
  {
    name: "host-route",
    topic: "routes",
    question: "A node has no route to another node's pods: which direction breaks?",
    pods: [
      { name: "web", on: "node" },
      { name: "far", on: "other" },
    ],
    break: ({ otherPodCidr }) => [{ on: "node", run: `ip route del ${otherPodCidr}` }],
    observe: ({ node, other, otherPodCidr, nextHop }) => [
      {
        on: "node",
        run: `ip route get ${sampleAddress(otherPodCidr)}`,
        question: `Where does ${node} send what is for pods of ${other}?`,
        healthy: { pattern: via(nextHop), words: `to ${nextHop}` },
        broken: {
          pattern: /via /,
          without: via(nextHop),
          words: "where all else goes: the default route",
        },
      },
      {
        on: "node",
        run: ping("$far"),
        question: `Does a pod on ${other} answer ${node}?`,
        healthy: answers,
        broken: silent,
      },
      {
        on: "other",
        run: ping("$web"),
        question: `Does a pod on ${node} answer ${other}?`,
        healthy: answers,
        broken: {
          ...answers,
          words: "it still answers: its reply is for the node itself, whose address needs no route",
        },
      },
    ],
    repair: ({ otherPodCidr, nextHop }) => [
      { on: "node", run: `ip route replace ${otherPodCidr} via ${nextHop} proto 77` },
    ],
    why: `Each node knows its own pods only, and the network between the nodes knows the nodes. Every other pod CIDR is a route
that somebody has to make, on every node. Only packets to the pods need it: a reply to a node's own address finds its way. With
hardway:masquerade bridge pods show other nodes that address instead of their own, which hides a route that is missing on the
way back. In the embedded lab the default route leads to QEMU's user network, which answers for addresses that it does not reach
with packets that ping cannot read. In a VPC whose route table has the pod CIDRs, the default route would lead there as well, if
the card is the VPC's.`,
  },
  {
    name: "same-subnet",
    topic: "routes",
    question: "Two nodes have the same pod CIDR: where does a packet for the other's pods go?",
    pods: [{ name: "far", on: "other" }],
    break: ({ otherPodCidr }) => [
      {
        on: "node",
        run: `ip route del ${otherPodCidr}; ip link add try0 type bridge && ip addr add ${gateway(otherPodCidr)} dev try0 && ip link set try0 up`,
      },
    ],
    observe: ({ node, other, nextHop }) => [
      {
        on: "node",
        run: "ip route get $far",
        question: `Where does ${node} send what is for a pod of ${other}?`,
        healthy: { pattern: via(nextHop), words: `to ${nextHop}` },
        broken: { pattern: /^\S+ dev try0 /m, words: "to its own bridge" },
      },
      {
        on: "node",
        run: ping("$far"),
        question: `Does that pod answer ${node}?`,
        healthy: answers,
        broken: silent,
      },
    ],
    repair: ({ otherPodCidr, nextHop }) => [
      { on: "node", run: `ip link delete try0 2>/dev/null; ip route replace ${otherPodCidr} via ${nextHop} proto 77` },
    ],
    why: `An address on an interface brings a route for its whole network, and what is on a network of one's own is asked for there
and nowhere else. No route to the other node can stand beside it (RTNETLINK answers: File exists). The guides' bridge file with
the same subnet for each node works on the first one, and fails with the first packet between two: each node needs a pod CIDR of
its own. ./hardway refuses such a plan before anything is made.`,
  },
];

/** A route by that next hop, as ip(8) prints it. */
function via(nextHop: string): RegExp {
  return new RegExp(`via ${literal(nextHop)} `);
}

/** The bridge's address, and how long the network's part of it is. */
function gateway(podCidr: string): string {
  return `${bridgeAddress(podCidr)}/${parseCidr(podCidr).prefix}`;
}

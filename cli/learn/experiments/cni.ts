import { literal } from "../../../components/literal";
import { parseCidr } from "../../../components/plan/cidr";
import type { Experiment, Expected, HostCommand, Place } from "../experiment";
import { answers, containerName, inPod, newPod, ping, removalOf, silent } from "./pods";
import { sysctl } from "./sysctl";

const stray = "05-hardway-try.conf";
const leases = "/var/lib/cni/networks/bridge";
/** Of a network that is for documents (RFC 5737). */
const strange = "198.51.100";

/** What a pod gets that starts now. */
const newAddress = (place: Place, broken: Expected) => ({
  on: "node" as const,
  run: newPod(place),
  question: `Which address does the next pod on ${place.node} get?`,
  healthy: { pattern: inside(place.podCidr), words: `one of ${place.podCidr}` },
  broken,
});

/** The first two bytes are enough to tell the networks apart. */
function inside(cidr: string): RegExp {
  const [first, second] = cidr.split(".");
  return new RegExp(`inet ${first}\\.${second}\\.`);
}

/** A loop of sh over all that pods can have: without the network's own address, the bridge's and the broadcast address. */
export function forEachPodAddress(podCidr: string, run: string): string {
  const { first, last } = parseCidr(podCidr);
  const [a, b, c, d] = podCidr.split(/[./]/);
  return `for i in $(seq 2 ${last - first - 1n}); do address=${a}.${b}.$((${c} + i / 256)).$((${d} + i % 256)); ${run}; done`;
}

/** Where a runtime, or ctr, looks for plugins. */
const pluginFolders = ({ binDir }: Place) => [...new Set([binDir, "/opt/cni/bin", "/usr/lib/cni"])].join(" ");

/** Gives a file of the folders of plugins another name, where it is there. It may be a link to one that has its other name by now. */
const renamed = (place: Place, from: string, to: string): HostCommand => ({
  on: "node",
  run: `for d in ${pluginFolders(place)}; do [ ! -e $d/${from} ] && [ ! -L $d/${from} ] || mv $d/${from} $d/${to}; done`,
});

/** A plugin that is not there: what is asked of it fails, and nothing else does. */
function missingPlugin(plugin: string, rest: Pick<Experiment, "name" | "question" | "why">): Experiment {
  const away = `hardway-try.${plugin}`;
  return {
    ...rest,
    topic: "cni",
    pods: [{ name: "web", on: "node" }],
    break: (place) => [renamed(place, plugin, away)],
    observe: (place) => [
      newAddress(place, {
        pattern: new RegExp(`failed to find plugin "${plugin}"`),
        words: `none: the plugin ${plugin} is not found`,
      }),
      {
        on: "other",
        run: ping("$web"),
        question: `Does a pod that ran before answer ${place.other}?`,
        healthy: answers,
        broken: { ...answers, words: "it still answers" },
      },
    ],
    repair: (place) => [renamed(place, away, plugin)],
  };
}

/** The next router of the default route, for a shell on the node. */
const outside = "$(ip route show default | awk '{ print $3; exit }')";

const lost = containerName("lost");
/** Its address, and what the runtime's library has kept of its network. */
const freeLost = `rm -f $(grep -ls ${lost} ${leases}/*) /var/lib/cni/results/*${lost}-eth0`;

export const cniExperiments: readonly Experiment[] = [
  {
    name: "second-network",
    topic: "cni",
    question: "Two network configurations lie in the folder: does a pod get both?",
    break: ({ confDir }) => [
      {
        on: "node",
        run: `echo '{"cniVersion":"1.0.0","name":"try","type":"bridge","bridge":"try0","ipam":{"type":"host-local","subnet":"${strange}.0/24"}}' >${confDir}/${stray}`,
      },
    ],
    observe: (place) => [
      newAddress(place, {
        pattern: new RegExp(`inet ${literal(strange)}\\.`),
        words: `one of ${strange}.0/24`,
      }),
    ],
    repair: ({ confDir }) => [
      { on: "node", run: `rm -f ${confDir}/${stray}` },
      { on: "node", run: "ip link delete try0 2>/dev/null; rm -rf /var/lib/cni/networks/try" },
    ],
    why: `A runtime takes the first file by name for the pods' network, and no other: a file that a package brought along, or
that somebody left behind, replaces the network of every pod that starts from now on. Pods that run keep theirs. For the same
reason nothing reads 99-loopback.conf: the runtime brings lo up by itself.`,
  },
  {
    name: "no-addresses",
    topic: "cni",
    question: "What happens to the next pod when a node's pod CIDR has no address left?",
    break: ({ podCidr }) => [
      {
        on: "node",
        run: forEachPodAddress(podCidr, `[ -e ${leases}/$address ] || echo hardway-try >${leases}/$address`),
      },
    ],
    observe: (place) => [
      newAddress(place, { pattern: /no IP addresses available/, words: "none: no IP addresses available" }),
    ],
    repair: () => [{ on: "node", run: `grep -rlx hardway-try ${leases} 2>/dev/null | xargs -r rm -f` }],
    why: `host-local has no daemon and no memory but the files of this folder: one for each address that is taken, with the
container's name in it. A container that ended without DEL, such as by a power cut, leaves its file behind, and with enough of
them the node is full although no pod runs. A /24 has 253 addresses for pods: the first one is the bridge's.`,
  },
  missingPlugin("bridge", {
    name: "no-bridge",
    question: "What does a node lose without the plugin bridge?",
    why: `A plugin is a program that runs for the moment in which a pod starts or ends. It makes the interface, writes the
routes, and is gone: nothing of it runs while the pod does. So a node on which an update took the plugins away looks well, until
the next pod starts. Its error is in the runtime's log and in the pod's events, and says in which folders it was looked for.`,
  }),
  missingPlugin("host-local", {
    name: "no-host-local",
    question: "The network's file names a type, and a type under ipam: what if the second one is missing?",
    why: `bridge does not know addresses. It runs the program that its ipam.type names, with the same input, and gives the pod
what that answers: a chain of programs, each with one task. It fails as a whole, and what was made so far is taken away again.`,
  }),
  missingPlugin("portmap", {
    name: "no-portmap",
    question: "A pod without host ports starts: does it matter that portmap is missing?",
    why: `Every plugin of the list runs for every pod, whether it has something to do there or not; portmap does nothing for a pod
without host ports. So a list is as strong as its weakest program, and a plugin that nobody uses is better left out of the file.`,
  }),
  {
    name: "lost-lease",
    topic: "cni",
    question: "What becomes of a pod's address when nobody tells the plugins that it ended?",
    prepare: () => [{ on: "node", run: `${removalOf("lost")}; ${freeLost}` }],
    break: ({ image }) => [
      { on: "node", run: `ctr -n k8s.io run -d --null-io --cni ${image} ${lost} sleep 100000` },
      { on: "node", run: `${removalOf("lost")}; :` },
    ],
    observe: () => [
      {
        on: "node",
        run: `ctr -n k8s.io container ls -q | grep -x ${lost} || echo none`,
        question: "Is the container there?",
        healthy: { pattern: /^none$/m, words: "no" },
        broken: { pattern: /^none$/m, words: "no" },
      },
      {
        on: "node",
        run: `grep -ls ${lost} ${leases}/* || echo none`,
        question: "Is an address taken for it?",
        healthy: { pattern: /^none$/m, words: "none" },
        broken: { pattern: /^\/var\/lib\/cni\/networks\/bridge\/[\d.]+$/m, words: "one: its file is still there" },
      },
    ],
    repair: () => [{ on: "node", run: freeLost }],
    why: `An address is taken until DEL. After a power cut, or where a container was removed past its runtime, as here, nobody
calls it, and the file stays for ever: host-local never looks whether a container lives. A runtime that finds pods of its own
after a boot calls DEL for them; for the rest the specification has GC since 1.1.0 (CNI, https://www.cni.dev/docs/spec/).`,
  },
  {
    name: "plugin-forwards",
    topic: "cni",
    question: "Who sets ip_forward on a node that has pods?",
    break: () => [sysctl("net.ipv4.ip_forward", 0)],
    observe: (place) => [
      {
        on: "node",
        run: `cat /proc/sys/net/ipv4/ip_forward; ${newPod(place)}; cat /proc/sys/net/ipv4/ip_forward`,
        question: "What is it before and after a pod starts?",
        healthy: { pattern: /^1\n[^]*inet [^]*\n1$/, words: "1 and 1" },
        broken: { pattern: /^0\n[^]*inet [^]*\n1$/, words: "0 and 1" },
      },
    ],
    repair: () => [sysctl("net.ipv4.ip_forward", 1)],
    why: `The bridge plugin writes 1 whenever it connects a pod to a bridge that is a gateway, and never writes 0. So on a node
that has seen a pod, the setting cannot be seen to be missing: it is there by luck, until a tool sets it back after the last pod
has started. A check that starts pods, as ./hardway verify does, has to read it before (containernetworking plugins, bridge).`,
  },
  {
    name: "no-masquerade",
    topic: "cni",
    question: "Who answers a pod from outside if nobody rewrites its address?",
    pods: [{ name: "client", on: "node" }],
    // Whoever is accepted first is not asked for by the rules behind.
    break: ({ podCidr }) => [{ on: "node", run: `iptables -t nat -I POSTROUTING -s ${podCidr} -j ACCEPT` }],
    observe: (place) => [
      {
        on: "node",
        run: inPod("client", ping(outside)),
        question: "Does the next router, which is outside, answer a pod?",
        healthy: answers,
        broken: silent,
      },
      {
        on: "node",
        run: inPod("client", ping(place.otherAddress)),
        question: `Does ${place.other}?`,
        healthy: answers,
        broken: { ...answers, words: "yes: it has a route back to the pods" },
      },
    ],
    repair: ({ podCidr }) => [
      {
        on: "node",
        run: `while iptables -t nat -D POSTROUTING -s ${podCidr} -j ACCEPT 2>/dev/null; do :; done`,
      },
    ],
    why: `A packet finds its way out by its destination, and the answer by what was the sender: outside of the nodes nobody has a
route to a pod CIDR. So the node gives what leaves the cluster its own address, and what comes back the pod's again (connection
tracking). Between pods it is not needed where hosts and VPC have routes, and it hides who asks: hardway:masquerade outsideCluster
does it only where it has to be.`,
  },
];

import type { Experiment, Expected, Place } from "../experiment";
import { newPod } from "./pods";

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
        pattern: new RegExp(`inet ${strange.replaceAll(".", "\\.")}\\.`),
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
        run: `for i in $(seq 2 254); do f=${leases}/${podCidr.replace(/\d+\/\d+$/, "")}$i; [ -e "$f" ] || echo hardway-try >"$f"; done`,
      },
    ],
    observe: (place) => [
      newAddress(place, { pattern: /no IP addresses available/, words: "none: no IP addresses available" }),
    ],
    repair: () => [{ on: "node", run: `grep -lx hardway-try ${leases}/* 2>/dev/null | xargs -r rm -f` }],
    why: `host-local has no daemon and no memory but the files of this folder: one for each address that is taken, with the
container's name in it. A container that ended without DEL, such as by a power cut, leaves its file behind, and with enough of
them the node is full although no pod runs. A /24 has 253 addresses for pods: the first one is the bridge's.`,
  },
];

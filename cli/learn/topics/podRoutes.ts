import type { Explanation } from "../explanation";
import { manPage, tutorialIssue } from "../sources";

export const podRoutesTopic: Explanation = {
  name: "pod-routes",
  area: "routes",
  title: "Pod routes on the hosts: which node has which pods",
  what: "An `ip route` entry on each host for every other node's pod CIDR, with that node as the next hop.",
  why: `Each node knows its own pods only, by its bridge. The network between the nodes knows the nodes' addresses, but no pods.
The controller gets routes to all pod CIDRs and has none of its own. A node has no route to its own pod CIDR: the bridge is in that
network, and a second route would compete with it. In another subnet the next hop is the subnet's router. Routes are marked
(\`proto 77\`), so that a stale one of ours is told from everybody else's, and written down for the next boot.`,
  byHand: `# on server
sudo ip route add 10.200.0.0/24 via 10.240.0.80
sudo ip route add 10.200.1.0/24 via 10.240.0.81
# on node-0
sudo ip route add 10.200.1.0/24 via 10.240.0.81
# on node-1
sudo ip route add 10.200.0.0/24 via 10.240.0.80
# on any
ip route get 10.200.1.2`,
  follow: {
    ends: "node-0 node-1",
    shows: "the routing decision of each node, with next hop and card.",
  },
  where: [
    {
      component: "PodRoutes",
      files: ["components/node/PodRoutes.ts", "components/plan/routes.ts", "scripts/node/50-pod-routes.sh"],
    },
  ],
  without: {
    text: `Packets for those pods go where all else goes, to the default route. Only the way there breaks: the reply to a node's own
address needs no route, so masquerading hides a route that is missing on the way back.`,
    experiments: ["host-route", "same-subnet"],
  },
  thenAndNow: [
    {
      id: "routes-in-one-subnet",
      said: { by: 2, text: "The routes of the VPC know only hosts, so every host needs its routes by hand." },
      text: `So it is on plain hosts. In a VPC whose route table has the pod CIDRs, a host with one card sends such a packet to the
subnet's router by its default route, and that leads it on: there either kind of route is enough.`,
      source: {
        title: "AWS, route tables",
        url: "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html",
      },
      experiment: "host-route",
    },
    {
      id: "own-pod-cidr",
      said: { by: "often", text: "A node needs a route to its own pod CIDR as well." },
      text: "It has one, by its bridge. A second one, by the node's own address, competes with it.",
      source: tutorialIssue(539),
    },
  ],
  facts: [{ text: "Which route counts (the longest prefix), and what proto is.", source: manPage("ip-route", 8) }],
};

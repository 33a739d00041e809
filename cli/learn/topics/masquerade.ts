import type { Explanation } from "../explanation";
import { cniDocs, kubernetesDocs } from "../sources";

export const masqueradeTopic: Explanation = {
  name: "masquerade",
  area: "routes",
  title: "Masquerading: whose address others see",
  what: `Source NAT on the node: its address in place of the pod's, and back again in replies. With \`ipMasq\` the bridge plugin makes
a rule for each pod, for every destination outside of the node's own pod CIDR.`,
  why: `Nobody outside the cluster has a route to a pod, so replies would get lost. Inside the cluster routes are there, and the
rule hides pods from each other for nothing: \`hardway:masquerade: outsideCluster\` keeps pods' addresses there. The lab's default is
what the documents have, \`ipMasq: true\`.`,
  byHand: `sudo iptables -t nat -S | grep -i masquerade
./hardway verify --area pods            # the rows name the sender that the other pod saw`,
  follow: {
    ends: "node-0 node-1",
    shows: "the rule that rewrites the sender, on which hook, and who undoes it for the answer.",
  },
  where: [
    {
      component: "CniConfig",
      files: ["components/node/CniConfig.ts", "components/node/cniFiles.ts", "scripts/node/40-cni-config.sh"],
    },
  ],
  without: {
    text: `Pods see each other's addresses, and get no answer from outside of the cluster. With it, a route that is missing on the way
back is not noticed.`,
    experiments: ["no-masquerade", "host-route"],
  },
  facts: [
    { text: "What ipMasq does.", source: cniDocs("bridge", "plugins/current/main/bridge") },
    {
      text: "Kubernetes' model: pods reach pods on other nodes without NAT. Masquerading between nodes, as here by default, is less than that.",
      source: kubernetesDocs("cluster networking", "concepts/cluster-administration/networking"),
    },
  ],
};

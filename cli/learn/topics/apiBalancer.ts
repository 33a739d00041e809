import type { Explanation } from "../explanation";
import { webPage } from "../sources";

export const apiBalancerTopic: Explanation = {
  name: "api-balancer",
  area: "cluster",
  title: "Balancer on each worker: three API servers at one address",
  what: `HAProxy on 127.0.0.1:6443 of each worker, in labs with three controllers. It asks each API server for \`/readyz\` and leads
connections to those that are ready.`,
  why: `A worker's programs know one address. With the balancer on their own loopback no address has to move from one host to another,
which a VPC would not allow anyway, and no single balancer can be lost. An API server that is lost is out within 20 seconds.`,
  byHand: `sudo apt-get install haproxy
./hardway script node-0 api-balancer    # the configuration, of a lab with hardway:controllers: 3
curl --cacert /etc/api-balancer/ca.crt https://127.0.0.1:6443/readyz`,
  where: [
    {
      component: "ApiBalancer",
      files: [
        "components/cluster/ApiBalancer.ts",
        "components/cluster/apiBalancerFiles.ts",
        "scripts/node/65-api-balancer.sh",
      ],
    },
  ],
  without: {
    text: "A worker whose kubelet has the address of one API server is NotReady while that one is away, although two others work.",
  },
  facts: [
    {
      text: "Why the tutorial's kind of cluster needs something in front of several API servers.",
      source: webPage(
        "Kubernetes, highly available topology",
        "https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/ha-topology/",
      ),
    },
  ],
};

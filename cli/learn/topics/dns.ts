import type { Explanation } from "../explanation";
import { kubernetesDocs, webPage, tutorialIssue } from "../sources";

export const dnsTopic: Explanation = {
  name: "dns",
  area: "cluster",
  title: "DNS: Services by name",
  what: `CoreDNS, a Deployment in \`kube-system\` behind the Service \`kube-dns\`, which has the tenth address of the Services' network.
It reads Services and pods from the API server, and asks the node's own name servers for every other name. The kubelet writes its
address into each pod's \`/etc/resolv.conf\`.`,
  why: `A Service's address changes when the Service is made anew; its name stays. Three mistakes let CoreDNS run and still not answer. A
host's resolv.conf names 127.0.0.53, so that CoreDNS asks itself, until its plugin \`loop\` ends it: the kubelet gets systemd-resolved's
own list (\`resolvConf\`). br_netfilter is missing, so that pods on CoreDNS' own node get no answer. The bridge has no
\`hairpinMode\`, so that a pod, CoreDNS included, does not reach itself by its Service.`,
  byHand: `./hardway --lab cluster script server cluster  # the objects, among them CoreDNS
./hardway --lab cluster kubectl -n kube-system get pods,service -l k8s-app=kube-dns
./hardway --lab cluster kubectl run ask --rm -i --restart=Never --image=hardway.local/busybox:1 -- \\
  nslookup kubernetes.default.svc.cluster.local`,
  where: [
    {
      component: "ClusterServices",
      files: [
        "components/cluster/ClusterServices.ts",
        "components/cluster/dnsObjects.ts",
        "scripts/node/80-cluster-services.sh",
      ],
    },
    { component: "Kubelet", files: ["components/cluster/kubeletFiles.ts"] },
  ],
  without: {
    text: "Services answer by address, and no name resolves. Most programs say only that a host is not known.",
    experiments: ["no-dns"],
  },
  thenAndNow: [
    {
      id: "tutorial-dns",
      said: { by: "tutorial", text: "There is no DNS, since 2023." },
      text: "A cluster is expected to have one; the lab has CoreDNS, and `hairpinMode` of the bridge for it.",
      source: tutorialIssue(777),
    },
  ],
  facts: [
    {
      text: "Which names Services and pods have.",
      source: kubernetesDocs("DNS for Services and pods", "concepts/services-networking/dns-pod-service"),
    },
    {
      text: "Why a CoreDNS that asks itself ends.",
      source: webPage("CoreDNS, loop", "https://coredns.io/plugins/loop/"),
    },
  ],
};

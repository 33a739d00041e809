import { kubeletFolder } from "../../../components/cluster/kubeletFiles";
import { kubeProxyPorts } from "../../../components/cluster/kubeProxyFiles";
import { literal } from "../../../components/literal";
import { asAdmin } from "../../verify/cluster/adminKubectl";
import { servicePort } from "../../verify/cluster/probeObjects";
import type { Experiment } from "../experiment";
import {
  clusterOf,
  onKubectl,
  onController,
  onNode,
  ownTable,
  stillAnswers,
  withLastRule,
  withoutTable,
} from "./commands";
import { inPod } from "./pods";

/** For documentation (RFC 5737), so that no cluster has it. */
const otherRange = { name: "hardway-try", cidr: "192.0.2.0/28", address: "192.0.2.1" } as const;
const rangeObject = JSON.stringify({
  ...{ apiVersion: "networking.k8s.io/v1", kind: "ServiceCIDR", metadata: { name: otherRange.name } },
  spec: { cidrs: [otherRange.cidr] },
});

const serviceOfApi = asAdmin("get service kubernetes");

/** Asks the API server by a Service's address, as a pod would, and checks its certificate. */
const trusting = (address: string): string =>
  `curl -q -sS --cacert ${kubeletFolder}/ca.crt --connect-timeout 5 --max-time 20 https://${address}/readyz`;

export const serviceExperiments: readonly Experiment[] = [
  {
    name: "service-range",
    topic: "cluster",
    needs: "cluster",
    question:
      "The Service kubernetes has an address of another range than its certificate was made for: what do pods see?",
    // Without the Service its address is somebody's out there.
    prepare: () => [withoutTable, withLastRule(`ip daddr ${otherRange.cidr} drop`)],
    cleanUp: () => [withoutTable],
    break: (place) => [
      onController(`echo '${rangeObject}' | ${asAdmin("apply -f -")}`),
      // The API server makes the Service where there is none, and may be faster.
      onController(
        `for try in 1 2 3 4 5; do ${serviceOfApi} -o json | ` +
          `sed 's/"${literal(clusterOf(place).apiService)}"/"${otherRange.address}"/' | ${asAdmin("replace --force -f -")} && break; done`,
      ),
    ],
    observe: (place) => {
      const { apiService } = clusterOf(place);
      return [
        {
          ...onController(`${serviceOfApi} -o jsonpath={.spec.clusterIP}`),
          question: "Which address has the Service kubernetes?",
          healthy: {
            pattern: new RegExp(`^${literal(apiService)}$`),
            words: `${apiService}, the first one of the range`,
          },
          broken: { pattern: new RegExp(`^${literal(otherRange.address)}$`), words: otherRange.address },
        },
        {
          ...onNode(trusting(otherRange.address)),
          question: `Does the API server answer ${place.node} there?`,
          healthy: { pattern: /curl: \(28\)/, words: "nobody does" },
          broken: {
            pattern: /curl: \(60\).*no alternative certificate subject name matches/,
            words: "it does, with a certificate that does not have this address",
          },
        },
        {
          ...onNode(trusting(apiService)),
          question: "And at the address that the certificate has?",
          healthy: { pattern: /^ok$/, words: "it answers" },
          broken: { pattern: /curl: \(7\)/, words: "it is refused: no Service has this address" },
        },
      ];
    },
    repair: () => [
      onController(
        `${serviceOfApi} -o jsonpath={.spec.clusterIP} | grep -qxF ${otherRange.address} && ${asAdmin("delete service kubernetes")}`,
      ),
      onKubectl(`delete servicecidr ${otherRange.name} --ignore-not-found --timeout 60s`),
      onKubectl("wait service kubernetes --for create --timeout 60s"),
    ],
    why: `A client checks a certificate against the address that it called. Pods call the API server by the Service kubernetes, whose address
they find in KUBERNETES_SERVICE_HOST: the first one of the range that the API server was told. Where its certificate was made for another
range, nothing is wrong as the cluster is built: kubelets call the server's own address, and Nodes are Ready. The first pod that talks to the
API fails. So it is where a tutorial leaves out --service-cluster-ip-range, and the API server takes 10.0.0.0/24
(kubernetes-the-hard-way, issue 905). On a cluster that lives, the flag changes nothing: since Kubernetes 1.33 the range is an object
(ServiceCIDR), and an API server with another one only says so, in an event (1.36.3,
pkg/controlplane/controller/defaultservicecidr/default_servicecidr_controller.go).`,
  },
  {
    name: "proxy-stopped",
    topic: "cluster",
    needs: "cluster",
    question: "What do Services lose when kube-proxy stops?",
    break: () => [onNode("systemctl stop kube-proxy")],
    observe: (place) => [
      {
        ...onNode(
          `curl -q -sS --max-time 10 -o /dev/null -w '%{http_code}' http://127.0.0.1:${kubeProxyPorts.health}/livez`,
        ),
        question: `Does the kube-proxy of ${place.node} answer?`,
        healthy: { pattern: /^200$/m, words: "it answers" },
        broken: { pattern: /refused|Could not connect/i, words: "it does not" },
      },
      stillAnswers(
        place,
        `Does the API server answer ${place.node} by the Service kubernetes?`,
        "it still answers: the rules are in the kernel",
      ),
    ],
    repair: () => [onNode("systemctl start kube-proxy")],
    why: `kube-proxy passes no packet. It watches Services and their endpoints, and writes rules for the kernel, which rewrites
the address of each new connection. So a Service goes on as the rules last knew it while kube-proxy is away. What is lost is
what comes later: a new Service leads nowhere on this node, and connections still go to pods that are gone.`,
  },
  {
    name: "no-dns",
    topic: "cluster",
    needs: "cluster",
    question: "What still works in a cluster without DNS?",
    pods: [{ name: "client", on: "node" }],
    break: () => [
      onKubectl("-n kube-system scale deployment coredns --replicas 0"),
      onKubectl("-n kube-system wait --for delete pod -l k8s-app=kube-dns --timeout 90s"),
    ],
    observe: (place) => {
      const { apiService, dnsService, clusterDomain } = clusterOf(place);
      return [
        {
          on: "node",
          run: inPod("client", `nslookup -type=a kubernetes.default.svc.${clusterDomain}. ${dnsService}`),
          question: `Which address has the name of the Service kubernetes, asked from a pod on ${place.node}?`,
          healthy: { pattern: new RegExp(`Address: +${literal(apiService)}\\b`), words: apiService },
          broken: { pattern: /refused|timed out|no servers/i, words: "nobody answers" },
        },
        stillAnswers(place, "Does that Service answer by its address?"),
      ];
    },
    repair: () => [
      onKubectl("-n kube-system scale deployment coredns --replicas 1"),
      onKubectl("-n kube-system rollout status deployment coredns --timeout 110s"),
    ],
    why: `A Service is an address that never changes, and kube-proxy's rules know nothing of names. DNS is a program like any
other, in pods behind a Service of its own, whose address the kubelet writes into each pod's /etc/resolv.conf. Without an
endpoint that Service is refused at once, which kube-proxy has a rule for. Programs that find others by the environment
variables of their pod, or by address, notice nothing; nearly all others stop, and often say only that a host is not known.`,
  },
  {
    name: "nobodys-port",
    topic: "cluster",
    needs: "iptables",
    question: "Where does a packet go for a port that a Service does not have?",
    cleanUp: () => [withoutTable],
    break: () => [onNode("nft delete table ip hardway_services")],
    observe: (place) => {
      const { apiService } = clusterOf(place);
      // What is about to leave is dropped: the address may be somebody's out there.
      const last = withLastRule(`ip daddr ${apiService} tcp dport ${servicePort} counter drop`);
      return [
        {
          ...onNode(
            `${last.run}; curl -q -sS --connect-timeout 5 http://${apiService}:${servicePort}/; ` +
              `nft list table ${ownTable} | grep -o 'counter packets [0-9]*'; nft delete table ${ownTable}`,
          ),
          question: `What becomes of a request for port ${servicePort} of the Service kubernetes, and how many of its packets are about to leave ${place.node}?`,
          healthy: { pattern: /curl: \(7\)[^]*counter packets 0$/m, words: "it is refused at once, and none leaves" },
          broken: {
            pattern: /curl: \(28\)[^]*counter packets [1-9]/m,
            words: "nobody answers, and each one is about to leave by the default route",
          },
        },
        stillAnswers(place, "Does the API server answer at the port that the Service has?"),
      ];
    },
    repair: () => [onNode("systemctl restart kube-proxy")],
    why: `A Service's address is on no card and in no route. In mode iptables kube-proxy has rules for the ports that a Service has, and
for nothing else, so that a packet for another port keeps its address and takes the default route: out of the node, to whoever
has that address there. Somebody who answers may get what was meant for the cluster. In mode nftables kube-proxy refuses such packets
itself, and in mode ipvs the node has the address. Here kube-proxy's service makes the table hardway_services before it starts, in
every mode: the kernel refuses what still has an address of the Services behind all of kube-proxy's rules.`,
  },
];

import { dnsServiceAddress } from "../plan/cluster";
import { managedLabels } from "./managedLabels";

export interface DnsSettings {
  readonly serviceCidr: string;
  readonly clusterDomain: string;
  /** Image of CoreDNS. */
  readonly image: string;
}

const name = "coredns";
const namespace = "kube-system";
const role = "system:coredns";
/** By these the Service finds its pods; the name is older than CoreDNS. */
const podLabels = { "k8s-app": "kube-dns" };
const labels = {
  ...managedLabels,
  ...podLabels,
  "kubernetes.io/cluster-service": "true",
  "kubernetes.io/name": "CoreDNS",
};
const ports = [
  { name: "dns", port: 53, protocol: "UDP" },
  { name: "dns-tcp", port: 53, protocol: "TCP" },
  { name: "metrics", port: 9153, protocol: "TCP" },
] as const;

/** CoreDNS as Kubernetes has it (cluster/addons/dns/coredns/coredns.yaml.base), with one replica. */
export function dnsObjects(settings: DnsSettings): object[] {
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace, labels: managedLabels } },
    ...rights(),
    {
      ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace, labels: managedLabels } },
      data: { Corefile: renderCorefile(settings.clusterDomain) },
    },
    deployment(settings.image),
    service(settings.serviceCidr),
  ];
}

/** It watches what it answers about. */
function rights(): object[] {
  const apiGroup = "rbac.authorization.k8s.io";
  const verbs = ["list", "watch"];
  return [
    {
      ...{ apiVersion: `${apiGroup}/v1`, kind: "ClusterRole", metadata: { name: role, labels: managedLabels } },
      rules: [
        { apiGroups: [""], resources: ["endpoints", "services", "pods", "namespaces"], verbs },
        { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs },
      ],
    },
    {
      ...{ apiVersion: `${apiGroup}/v1`, kind: "ClusterRoleBinding", metadata: { name: role, labels: managedLabels } },
      roleRef: { apiGroup, kind: "ClusterRole", name: role },
      subjects: [{ kind: "ServiceAccount", name, namespace }],
    },
  ];
}

/** What is not the cluster's is asked of the node's own name servers, which is what /etc/resolv.conf names in its pod. */
function renderCorefile(clusterDomain: string): string {
  return `.:53 {
    errors
    health {
        lameduck 5s
    }
    ready
    kubernetes ${clusterDomain} in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
        max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
`;
}

function deployment(image: string): object {
  return {
    ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name, namespace, labels } },
    spec: {
      replicas: 1,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
      selector: { matchLabels: podLabels },
      template: {
        metadata: { labels: podLabels },
        spec: {
          securityContext: { seccompProfile: { type: "RuntimeDefault" } },
          priorityClassName: "system-cluster-critical",
          serviceAccountName: name,
          tolerations: [{ key: "CriticalAddonsOnly", operator: "Exists" }],
          nodeSelector: { "kubernetes.io/os": "linux" },
          containers: [container(image)],
          dnsPolicy: "Default",
          volumes: [{ name: "config-volume", configMap: { name, items: [{ key: "Corefile", path: "Corefile" }] } }],
        },
      },
    },
  };
}

function container(image: string): object {
  return {
    ...{ name, image, imagePullPolicy: "IfNotPresent", args: ["-conf", "/etc/coredns/Corefile"] },
    resources: { limits: { memory: "170Mi" }, requests: { cpu: "100m", memory: "70Mi" } },
    volumeMounts: [{ name: "config-volume", mountPath: "/etc/coredns", readOnly: true }],
    ports: ports.map(({ port, ...named }) => ({ containerPort: port, ...named })),
    livenessProbe: {
      httpGet: { path: "/health", port: 8080, scheme: "HTTP" },
      ...{ initialDelaySeconds: 60, timeoutSeconds: 5, successThreshold: 1, failureThreshold: 5 },
    },
    readinessProbe: { httpGet: { path: "/ready", port: 8181, scheme: "HTTP" } },
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { add: ["NET_BIND_SERVICE"], drop: ["ALL"] },
      readOnlyRootFilesystem: true,
    },
  };
}

function service(serviceCidr: string): object {
  const annotations = { "prometheus.io/port": "9153", "prometheus.io/scrape": "true" };
  return {
    ...{ apiVersion: "v1", kind: "Service", metadata: { name: "kube-dns", namespace, annotations, labels } },
    spec: { selector: podLabels, clusterIP: dnsServiceAddress(serviceCidr), ports },
  };
}

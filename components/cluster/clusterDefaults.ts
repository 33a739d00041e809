/** What a cluster is like where nothing else is said. */
export const clusterDefaults = {
  kubernetesVersion: "1.36.3",
  serviceCidr: "10.32.0.0/24",
  clusterDomain: "cluster.local",
  encryptedResources: ["secrets"],
  certificateDays: 365,
  heartbeatMilliseconds: 100,
  leaseSeconds: 15,
  dnsImage: "registry.k8s.io/coredns/coredns:v1.14.6",
  proxyMode: "iptables",
  seccompDefault: false,
} as const;

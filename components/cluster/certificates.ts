import { apiServiceAddress, type ClusterHost } from "../plan/cluster";

/** The authorities of a cluster; who trusts one does not trust what another signed. */
export const authorities = {
  ca: "kubernetes",
  "etcd-ca": "etcd-ca",
  "front-proxy-ca": "front-proxy-ca",
} as const;

export type AuthorityName = keyof typeof authorities;

/** What a certificate is to be like, whoever signs it and when. */
export interface PlannedCertificate {
  /** Name of its files, without `.crt` and `.key`. */
  readonly name: string;
  readonly authority: AuthorityName;
  /** The user, for whoever is shown it. */
  readonly commonName: string;
  /** The user's group. @default none */
  readonly organization?: string;
  readonly usages: readonly ("server" | "client")[];
  /** Host names that it is for. */
  readonly dnsNames: readonly string[];
  /** IPv4 addresses that it is for. */
  readonly addresses: readonly string[];
}

/** What the certificates of controllers depend on. */
export interface ControllerNames {
  readonly serviceCidr: string;
  readonly clusterDomain: string;
}

const loopback = "127.0.0.1";
/** The group of the administrators, whose rights are bound to it in the cluster and can be taken away there. */
export const adminGroup = "hardway:cluster-admins";

/**
 * The user who gives that group its rights, with all rights by the API server's own rule, which nothing in the cluster can
 * take away. Its key stays on controllers, where root has every other key as well.
 */
export const bootstrapUser = "super-admin";

/** Certificates of a controller: etcd's, the API server's, and those by which the control plane's parts know each other. */
export function controllerCertificates(
  { name, address }: ClusterHost,
  { serviceCidr, clusterDomain }: ControllerNames,
): PlannedCertificate[] {
  const own = { dnsNames: [name, "localhost"], addresses: [address, loopback] };
  const service = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"];
  return [
    { name: "etcd-server", authority: "etcd-ca", commonName: name, usages: ["server", "client"], ...own },
    { name: "etcd-peer", authority: "etcd-ca", commonName: name, usages: ["server", "client"], ...own },
    {
      ...{ name: "kube-apiserver", authority: "ca", commonName: "kube-apiserver", usages: ["server"] },
      dnsNames: [...service, `kubernetes.default.svc.${clusterDomain}`, ...own.dnsNames],
      addresses: [apiServiceAddress(serviceCidr), ...own.addresses],
    },
    client("apiserver-etcd-client", "kube-apiserver-etcd-client", "etcd-ca"),
    client("apiserver-kubelet-client", kubeletClient),
    client("front-proxy-client", frontProxyClient, "front-proxy-ca"),
    client("controller-manager", "system:kube-controller-manager"),
    client("scheduler", "system:kube-scheduler"),
    { ...client("admin", "admin"), organization: adminGroup },
    { ...client(bootstrapUser, bootstrapUser), organization: "system:masters" },
  ];
}

/** The user that an API server is to kubelets; bound to the role `system:kubelet-api-admin`. */
export const kubeletClient = "kube-apiserver-kubelet-client";
/** The user that an API server is to API servers of extensions. */
export const frontProxyClient = "front-proxy-client";

/**
 * Certificates of a worker. The kubelet's user must be `system:node:` and the Node's name, in the group `system:nodes`: the
 * Node authorizer grants such a user what the pods on this Node need, and nothing of another's.
 */
export function workerCertificates({ name, address }: ClusterHost): PlannedCertificate[] {
  return [
    {
      ...{ name: "kubelet", authority: "ca", commonName: `system:node:${name}`, organization: "system:nodes" },
      ...{ usages: ["server", "client"], dnsNames: [name], addresses: [address] },
    },
    client("kube-proxy", "system:kube-proxy"),
  ];
}

function client(name: string, commonName: string, authority: AuthorityName = "ca"): PlannedCertificate {
  return { name, authority, commonName, usages: ["client"], dnsNames: [], addresses: [] };
}

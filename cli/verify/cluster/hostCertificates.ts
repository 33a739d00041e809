import {
  authorities,
  controllerCertificates,
  workerCertificates,
  type AuthorityName,
  type PlannedCertificate,
} from "../../../components/cluster/certificates";
import { controlPlaneFolder, encryptionCredential } from "../../../components/cluster/controlPlaneFiles";
import { etcdFolder } from "../../../components/cluster/etcdFiles";
import { kubeProxyFolder } from "../../../components/cluster/kubeProxyFiles";
import { kubeletFolder } from "../../../components/cluster/kubeletFiles";
import type { ClusterPlan } from "../../../components/labPlan";
import type { PlannedHost } from "../../../components/plan/routes";

/** A certificate that a host is to have, with the files that it is in. */
export interface PlacedCertificate extends PlannedCertificate {
  readonly file: string;
  readonly keyFile: string;
  /** File of its authority's certificate on the same host. */
  readonly authorityFile: string;
}

/** Folders of those certificates that are not the control plane's. */
const folders: Readonly<Record<string, string>> = {
  "etcd-server": etcdFolder,
  "etcd-peer": etcdFolder,
  kubelet: kubeletFolder,
  "kube-proxy": kubeProxyFolder,
};

/** Where private keys are looked for: the cluster's folders, and those where other tools and the steps keep theirs. */
export const keyFolders: readonly string[] = [
  ...[etcdFolder, controlPlaneFolder, kubeletFolder, kubeProxyFolder],
  ...["/etc/kubernetes", "/var/lib/hardway"],
];

/** The certificates that a host is to have. */
export function hostCertificates(host: PlannedHost, cluster: ClusterPlan): PlacedCertificate[] {
  const planned = host.role === "controller" ? controllerCertificates(host, cluster) : workerCertificates(host);
  return planned.map((certificate) => {
    const { name, authority } = certificate;
    const folder = folders[name] ?? controlPlaneFolder;
    const [file, keyFile] = [`${folder}/${name}.crt`, `${folder}/${name}.key`];
    return { ...certificate, file, keyFile, authorityFile: `${folder}/${authority}.crt` };
  });
}

/** The files of an authority's certificate among those that a host has; none where no program of the host needs it. */
export function authorityFiles(authority: AuthorityName, files: Iterable<string>): string[] {
  return [...files].filter((file) => file.endsWith(`/${authority}.crt`));
}

export const authorityNames = Object.keys(authorities) as AuthorityName[];

/** Files that root alone may read. */
export function secretFiles(host: PlannedHost, cluster: ClusterPlan): string[] {
  const keys = hostCertificates(host, cluster).map(({ keyFile }) => keyFile);
  if (host.role === "worker") return keys;
  return [...keys, ...["service-account.key", encryptionCredential].map((name) => `${controlPlaneFolder}/${name}`)];
}

import { stringify } from "yaml";

/** Where a program finds its API server and its certificate. Files are named, not embedded, so that no kubeconfig is secret. */
export interface KubeconfigArgs {
  /** E.g. `https://10.240.0.10:6443`. */
  readonly server: string;
  /** The program's name, as its user in the file. */
  readonly user: string;
  readonly authorityFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

const cluster = "hardway";

/** A kubeconfig with one cluster, one user and one context. */
export function renderKubeconfig({ server, user, authorityFile, certificateFile, keyFile }: KubeconfigArgs): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: cluster, cluster: { server, "certificate-authority": authorityFile } }],
    users: [{ name: user, user: { "client-certificate": certificateFile, "client-key": keyFile } }],
    contexts: [{ name: cluster, context: { cluster, user } }],
    "current-context": cluster,
  });
}

import { adminKubeconfig } from "../../../components/cluster/controlPlaneFiles";

/** How kubectl is called on a controller, as the cluster's administrator. In root's home, its cache would stay behind. */
export const adminKubectl: readonly string[] = [
  ...["kubectl", "--kubeconfig", adminKubeconfig],
  ...["--cache-dir", "/run/hardway-kubectl"],
];

/** The same as a command line of a shell. */
export const asAdmin = (words: string): string => [...adminKubectl, words].join(" ");

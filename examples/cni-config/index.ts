// CniConfig on one host: the CNI plugins, and a bridge for pods that is masqueraded outside of the cluster only.
// Run it: set host, user, privateKeyFile and hostKey as in ../README.md, then pulumi up.
import { CniConfig } from "hardway/host";
import { connectionFromConfig } from "../connection";

const cni = new CniConfig("example", {
  connection: connectionFromConfig(),
  podCidr: "10.200.0.0/24",
  clusterCidr: "10.200.0.0/16",
  masquerade: "outsideCluster",
});

export const facts = cni.facts;

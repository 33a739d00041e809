import { CniConfig } from "../../components";
import { connectionFromConfig } from "../connection";

const cni = new CniConfig("example", {
  connection: connectionFromConfig(),
  podCidr: "10.200.0.0/24",
  clusterCidr: "10.200.0.0/16",
  masquerade: "outsideCluster",
});

export const facts = cni.facts;

import type { ClusterPlan, LabPlan } from "../../../../components/labPlan";
import type { PlannedHost } from "../../../../components/plan/routes";
import { plan as labPlan } from "../samples";

export const cluster: ClusterPlan = {
  kubernetesVersion: "1.36.3",
  serviceCidr: "10.32.0.0/24",
  clusterDomain: "cluster.local",
  encryptedResources: ["secrets"],
  proxyMode: "iptables",
};

export const plan: LabPlan = { ...labPlan, cluster };

export const [server, node0, node1] = plan.hosts as [PlannedHost, PlannedHost, PlannedHost];
export const further: PlannedHost = { name: "server-1", role: "controller", address: "10.240.0.11" };
export const workers = [node0, node1] as const;

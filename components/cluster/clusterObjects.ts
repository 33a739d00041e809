import { stringify } from "yaml";
import { adminGroup, kubeletClient } from "./certificates";

const labels = { "hardway.local/managed": "true" };

/** What a cluster holds from the start, as YAML: who may do what. */
export function renderClusterObjects(): string {
  return [
    // The API server's own questions to kubelets: logs, exec, port-forward. The role is built in.
    clusterRoleBinding("hardway:kubelet-api-admin", "system:kubelet-api-admin", { kind: "User", name: kubeletClient }),
    clusterRoleBinding("hardway:cluster-admins", "cluster-admin", { kind: "Group", name: adminGroup }),
  ]
    .map((object) => stringify(object))
    .join("---\n");
}

function clusterRoleBinding(
  name: string,
  role: string,
  subject: { readonly kind: "User" | "Group"; readonly name: string },
) {
  const apiGroup = "rbac.authorization.k8s.io";
  return {
    apiVersion: `${apiGroup}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name, labels },
    roleRef: { apiGroup, kind: "ClusterRole", name: role },
    subjects: [{ apiGroup, ...subject }],
  };
}

import { stringify } from "yaml";
import { adminGroup, kubeletClient } from "./certificates";
import { dnsObjects, type DnsSettings } from "./dnsObjects";
import { managedLabels } from "./managedLabels";

/** What a cluster holds from the start, as YAML: who may do what, and DNS. */
export function renderClusterObjects(dns: DnsSettings): string {
  return (
    [
      // The API server's own questions to kubelets: logs, exec, port-forward. The role is built in.
      clusterRoleBinding("hardway:kubelet-api-admin", "system:kubelet-api-admin", {
        kind: "User",
        name: kubeletClient,
      }),
      clusterRoleBinding("hardway:cluster-admins", "cluster-admin", { kind: "Group", name: adminGroup }),
      ...dnsObjects(dns),
    ]
      // The same object at two places is written out at both.
      .map((object) => stringify(object, { aliasDuplicateObjects: false }))
      .join("---\n")
  );
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
    metadata: { name, labels: managedLabels },
    roleRef: { apiGroup, kind: "ClusterRole", name: role },
    subjects: [{ apiGroup, ...subject }],
  };
}

import type { Explanation } from "../explanation";
import { kubernetesDocs, tutorialIssue } from "../sources";

export const certificatesTopic: Explanation = {
  name: "certificates",
  area: "cluster",
  title: "Certificates: how each part of a cluster knows the others",
  what: `Every part has a certificate with its identity: the common name is the user, the organization the group. Three
authorities sign them: the cluster's, etcd's, and one for requests that the API server passes on. Tokens of pods are signed with a
key pair that all controllers share.`,
  why: `The API server decides by user and group what somebody may do. \`system:node:node-0\` in \`system:nodes\` may read the
Secrets of node-0's pods and no others; \`system:masters\` may do all, and nothing takes that away again, so administrators here are
in a group of their own. With an authority of its own for etcd, no other certificate of the cluster opens it. The keys of the
authorities are on no host.`,
  byHand: `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.crt \\
  -days 3650 -subj /CN=kubernetes
openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout node-0.key -out node-0.csr \\
  -subj /O=system:nodes/CN=system:node:node-0 -addext subjectAltName=DNS:node-0,IP:10.240.0.80
openssl x509 -req -in node-0.csr -CA ca.crt -CAkey ca.key -days 365 -copy_extensions copy -out node-0.crt
# the API server's has to name the first address of the Services' network
sudo openssl x509 -noout -subject -ext subjectAltName -in /var/lib/kubernetes/kube-apiserver.crt
./hardway certs                         # what is on the hosts, with the days that are left`,
  where: [
    {
      component: "ClusterPki",
      files: ["components/cluster/ClusterPki.ts", "components/cluster/certificates.ts", "components/cluster/issue.ts"],
    },
  ],
  without: {
    text: `Without the Services' first address among its names, no pod trusts the API server's certificate. A node whose user is not
exactly the name of its Node reads nothing. When certificates end, each part refuses the others; the pods go on.`,
  },
  thenAndNow: [
    {
      id: "one-authority",
      said: { by: "tutorial", text: "One authority signs everything; etcd answers plain HTTP on its own host." },
      text: "Three authorities, as the best practices have them, and TLS for etcd's clients and members.",
      source: kubernetesDocs("PKI certificates and requirements", "setup/best-practices/certificates"),
    },
    {
      id: "service-address",
      said: {
        by: "tutorial",
        text: "The API server's certificate has 10.32.0.1, and its flags do not name the Services' network.",
      },
      text: `Without \`--service-cluster-ip-range\` that network is 10.0.0.0/24, for whose first address the certificate is not. The
flag and the certificate have to come from one value.`,
      source: tutorialIssue(905),
    },
    {
      id: "rsa-keys",
      said: { by: "tutorial", text: "Keys are RSA with 4096 bits." },
      text: "ECDSA P-256 here, with which slow machines sign quickly. Kubernetes takes either; kubeadm has both.",
      source: kubernetesDocs(
        "kubeadm configuration, encryptionAlgorithm",
        "reference/config-api/kubeadm-config.v1beta4",
      ),
    },
    {
      id: "system-masters",
      said: { by: "tutorial", text: "The administrator is in the group system:masters." },
      text: `Rights of that group cannot be taken away. Administrators here are in \`hardway:cluster-admins\`, whose right is a
binding; a second certificate, for emergencies, is in system:masters.`,
      source: kubernetesDocs("RBAC good practices", "concepts/security/rbac-good-practices"),
    },
    {
      id: "authority-key",
      said: {
        by: "tutorial",
        text: "The authority's key is on the controller, where the controller manager signs with it.",
      },
      text: "It needs the key only to sign requests for certificates. Here it signs none, so no authority's key is on a host.",
      source: kubernetesDocs(
        "certificate signing requests",
        "reference/access-authn-authz/certificate-signing-requests",
      ),
    },
  ],
};

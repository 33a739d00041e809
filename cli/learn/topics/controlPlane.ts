import type { Explanation } from "../explanation";
import { inKubernetes, webPage, tutorialIssue } from "../sources";

export const controlPlaneTopic: Explanation = {
  name: "control-plane",
  area: "cluster",
  title: "Control plane: API server, controller manager, scheduler",
  what: `The API server checks and stores objects, and others watch it for changes; everything else is its client. The scheduler
writes into each pod which Node is to run it. The controller manager has loops that bring the world nearer to the objects: pods for a
Deployment, the list of pods behind a Service.`,
  why: `The parts do not call each other: each watches objects and writes objects. Flags that are easily forgotten:
\`--service-cluster-ip-range\`, which has to fit the certificate; \`--advertise-address\`, on hosts with two cards;
\`--kubelet-preferred-address-types\` with InternalIP first, where names of nodes do not resolve; and
\`--enable-admission-plugins=NodeRestriction\`, which is not on by itself and keeps a kubelet to its own Node.`,
  byHand: `./hardway --lab cluster script server control-plane
curl -k https://127.0.0.1:6443/readyz
./hardway --lab cluster kubectl get --raw '/readyz?verbose'
./hardway --lab cluster kubectl -n kube-system get leases    # who leads, with three controllers`,
  where: [
    {
      component: "ControlPlane",
      files: [
        "components/cluster/ControlPlane.ts",
        "components/cluster/controlPlaneFiles.ts",
        "scripts/node/61-control-plane.sh",
      ],
    },
    {
      component: "ClusterServices",
      files: [
        "components/cluster/ClusterServices.ts",
        "components/cluster/clusterObjects.ts",
        "scripts/node/80-cluster-services.sh",
      ],
    },
  ],
  without: {
    text: `Without the API server nothing can be changed, and pods run on. Without the scheduler new pods stay Pending. Without the
controller manager no Deployment gets pods, and a Service goes on leading to pods that are gone. Without the API server's rights
towards kubelets, \`kubectl logs\` and \`exec\` are forbidden. With another Service range than its certificate was made for, no pod can
talk to it.`,
    experiments: ["service-range"],
  },
  thenAndNow: [
    {
      id: "kubelet-rights",
      said: { by: "tutorial", text: "A role of its own lists what the API server may ask of kubelets." },
      text: `The built-in role \`system:kubelet-api-admin\` knows all that kubelets ask for, the finer rights of today included, such as
nodes/pods and nodes/healthz, which are stable since Kubernetes 1.36.`,
      since: "Kubernetes 1.36",
      source: inKubernetes("1.36.3", "pkg/features/kube_features.go"),
    },
    {
      id: "service-network-flag",
      said: { by: "tutorial", text: "--service-cluster-ip-range is a flag of the controller manager." },
      text: `There it only matters with \`--allocate-node-cidrs\`. The API server chooses the addresses, and its default is
10.0.0.0/24.`,
      source: tutorialIssue(905),
    },
  ],
  facts: [
    {
      text: "The admission plugins that are on by default in Kubernetes 1.36.3; NodeRestriction is not among them.",
      source: inKubernetes("1.36.3", "pkg/kubeapiserver/options/plugins.go"),
    },
    {
      text: "On a cluster that lives the range is an object, ServiceCIDR, and the flag of an API server that was told another one changes nothing.",
      source: inKubernetes(
        "1.36.3",
        "pkg/controlplane/controller/defaultservicecidr/default_servicecidr_controller.go",
      ),
    },
    {
      text: "A kubelet may be up to three minor versions older than the API server, never newer.",
      source: webPage("Kubernetes, version skew policy", "https://kubernetes.io/releases/version-skew-policy/"),
    },
  ],
};

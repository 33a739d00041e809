import { balancerAddress } from "../../components/cluster/apiBalancerFiles";
import { clusterDefaults } from "../../components/cluster/clusterDefaults";
import { controlPlanePorts } from "../../components/cluster/controlPlaneFiles";
import type { LabClusterArgs } from "../../components/labArgs";
import type { LabPlan } from "../../components/labPlan";
import { artifactsOfVersion } from "../../components/node/runtime/artifacts/hostArtifacts";
import { withDefaults } from "../../components/node/runtime/runtimes";
import { sourcesOf } from "../../components/node/runtime/artifacts/sources";
import { dnsServiceAddress } from "../../components/plan/cluster";
import type { clusterStepNames } from "../../components/plan/steps";
import { releaseSources, type StepFacts } from "./stepFacts";

type ClusterStepName = (typeof clusterStepNames)[number];

/** What a step of the cluster does, with the values that matter; a line each. */
export const clusterWords: Readonly<Record<ClusterStepName, (facts: StepFacts) => string[]>> = {
  etcd: ({ plan, cluster }) => [
    `etcd ${[etcdVersion(cluster), from(cluster)].join(" ")}; members ${controllers(plan).join(", ")}`,
    `heartbeat every ${settingsOf(cluster).heartbeatMilliseconds} ms; needs a certificate from each client and member`,
  ],
  "control-plane": ({ host, cluster }) => {
    const { serviceCidr, clusterDomain, encryptedResources } = settingsOf(cluster);
    return [
      `Kubernetes ${kubernetes(cluster)}: API server, controller manager, scheduler, kubectl`,
      `API server at https://${host.address}:${controlPlanePorts.apiServer}`,
      `Services in ${serviceCidr}, domain ${clusterDomain}; encrypted in etcd: ${encryptedResources.join(", ") || "nothing"}`,
    ];
  },
  "api-balancer": ({ plan }) => [
    `HAProxy at ${balancerAddress}, from the distribution's packages`,
    `leads kubelet and kube-proxy to the API servers of ${controllers(plan).join(", ")}`,
  ],
  kubelet: ({ host, cluster }) => [
    `kubelet ${kubernetes(cluster)}, and crictl`,
    `registers the Node ${host.name} at ${host.address}`,
  ],
  "kube-proxy": ({ cluster }) => {
    const { proxyMode, serviceCidr } = settingsOf(cluster);
    return [
      `kube-proxy ${kubernetes(cluster)}, mode ${proxyMode}`,
      `leads what is sent to a Service in ${serviceCidr} to its pods`,
    ];
  },
  cluster: ({ plan, cluster }) => [
    "rights of administrators and of the API server towards kubelets",
    `DNS by ${settingsOf(cluster).dnsImage} at ${dnsServiceAddress(settingsOf(cluster).serviceCidr)}`,
    ...plan.hosts.flatMap(({ name, podCidr }) =>
      podCidr === undefined ? [] : [`pod CIDR ${podCidr} of the Node ${name}`],
    ),
  ],
};

function settingsOf(cluster: LabClusterArgs = {}) {
  return { ...clusterDefaults, ...cluster };
}

function kubernetes(cluster: LabClusterArgs | undefined): string {
  return `${settingsOf(cluster).kubernetesVersion} ${from(cluster)}`;
}

function from(cluster: LabClusterArgs | undefined): string {
  return releaseSources[(cluster?.source?.runtimeMirror ?? "") === "" ? "release" : "mirror"];
}

/** The newest that the source has, which the step takes. */
function etcdVersion(cluster: LabClusterArgs | undefined): string {
  const [newest] = artifactsOfVersion("etcd", "", sourcesOf(withDefaults(cluster?.source ?? {})));
  return newest?.version ?? "";
}

function controllers({ hosts }: LabPlan): string[] {
  return hosts.filter(({ role }) => role === "controller").map(({ name }) => name);
}

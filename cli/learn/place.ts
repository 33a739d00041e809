import type { NetworkFacts } from "../../components/AwsHosts";
import type { ClusterPlan, LabPlan } from "../../components/labPlan";
import { apiServiceAddress, dnsServiceAddress } from "../../components/plan/cluster";
import { runtimeOfHost } from "../verify/runtime";
import { ExitCode, UserError } from "../errors";
import type { KubernetesPlace, Place, VpcPlace } from "./experiment";

/**
 * The two workers of an experiment, and the controller.
 *
 * @param wanted the one that is broken; the first worker when undefined
 * @param network of a lab whose machines are in a VPC
 * @throws UserError (exit 64) for a lab in which experiments cannot be made, with what it lacks
 */
export function placeOf(plan: LabPlan, wanted: string | undefined, network?: NetworkFacts): Place {
  const workers = plan.hosts.flatMap(({ name, role, address, podCidr }) =>
    role === "worker" && podCidr !== undefined ? [{ name, address, podCidr }] : [],
  );
  const names = workers.map(({ name }) => name);
  const node = wanted === undefined ? workers[0] : workers.find(({ name }) => name === wanted);
  if (node === undefined && wanted !== undefined) throw unknownWorker(wanted, names);
  const other = workers.find(({ name }) => name !== node?.name);
  if (node === undefined || other === undefined)
    throw new UserError(
      "An experiment needs two workers: one is broken, the other looks at it. Set hardway:workers to 2, or list another host.",
      ExitCode.usage,
    );
  for (const { name } of [node, other])
    if (plan.runtimes[name]?.kind !== "containerd")
      throw new UserError(
        `${name} runs ${plan.runtimes[name]?.kind ?? "no runtime"}; the experiments make their pods with containerd's ctr. ` +
          "Take a lab with hardway:runtime containerd.",
        ExitCode.usage,
      );
  const route = plan.routes.find(({ host, destination }) => host === node.name && destination === other.podCidr);
  const runtime = runtimeOfHost(plan, node.name);
  return {
    ...{ node: node.name, address: node.address, podCidr: node.podCidr },
    ...{ other: other.name, otherAddress: other.address, otherPodCidr: other.podCidr },
    nextHop: route?.nextHop ?? other.address,
    ...{ confDir: plan.cni.confDir, binDir: plan.cni.binDir },
    ...{ cgroupDriver: runtime.cgroupDriver, sandboxImage: runtime.sandboxImage },
    image: plan.verification.probeImage,
    controller: plan.hosts.find(({ role }) => role === "controller")?.name ?? "",
    ...(plan.cluster === undefined ? {} : { cluster: kubernetesPlace(plan.cluster) }),
    ...vpcOf(network, node.name),
  };
}

function vpcOf(network: NetworkFacts | undefined, node: string): { readonly vpc?: VpcPlace } {
  const instance = network?.instances[node];
  if (network === undefined || instance === undefined) return {};
  const { securityGroupId, routeTableIds } = network;
  const { id: instanceId, networkInterfaceId } = instance;
  return { vpc: { instanceId, networkInterfaceId, securityGroupId, routeTableIds: Object.values(routeTableIds) } };
}

/** For a worker that the lab does not have (exit 64). */
export function unknownWorker(name: string, workers: readonly string[]): UserError {
  return new UserError(`${name} is no worker of this lab; it has ${workers.join(", ")}.`, ExitCode.usage);
}

function kubernetesPlace({ serviceCidr, clusterDomain, proxyMode }: ClusterPlan): KubernetesPlace {
  const [apiService, dnsService] = [apiServiceAddress(serviceCidr), dnsServiceAddress(serviceCidr)];
  return { apiService, dnsService, clusterDomain, proxyMode };
}

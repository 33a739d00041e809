import type { LabClusterArgs } from "../labArgs";
import { clusterProblems, type ClusterPlace } from "./clusterProblems";
import type { Mirrors } from "./nodeRuntimes";
import { mirrorValues } from "./defaultMirror";
import type { Problem } from "./problems";
import type { ConfigValues } from "./schema";

/**
 * The lab's cluster, from values that have passed the schema; undefined for none.
 *
 * @param managementCidr network that the machines have besides, where that is known
 * @param problems everything that is wrong is added here
 */
export function clusterSettings(
  values: ConfigValues,
  place: Pick<ClusterPlace, "hosts" | "runtimes"> & { readonly managementCidr?: string },
  problems: Problem[],
  mirrors: Mirrors,
): LabClusterArgs | undefined {
  if (!values.cluster) return undefined;
  const { kubernetesVersion, serviceCidr, clusterDomain, dnsImage, proxyMode, encryptedResources, seccompDefault } =
    values;
  const { certificateDays, certificateGeneration, caGeneration, etcdHeartbeatMilliseconds } = values;
  const cluster = {
    ...{ kubernetesVersion, serviceCidr, clusterDomain, dnsImage, proxyMode, encryptedResources, seccompDefault },
    ...{ certificateDays, certificateGeneration, caGeneration, heartbeatMilliseconds: etcdHeartbeatMilliseconds },
    source: programSource(values, mirrors),
  };
  const keys = { cluster: "hardway:cluster", prefix: "hardway:" };
  problems.push(...clusterProblems(cluster, { ...place, networks: otherNetworks(values, place.managementCidr) }, keys));
  return cluster;
}

/** The mirror of the runtimes, or else the one that is meant where none is named. */
function programSource(values: ConfigValues, { sums, defaultMirror }: Mirrors) {
  const { runtimeMirror, runtimeMirrorSums } =
    values.runtimeMirror === "" && defaultMirror !== undefined ? mirrorValues(defaultMirror) : values;
  return { runtimeMirror, runtimeMirrorSums: sums.read("hardway:runtimeMirrorSums", { runtimeMirrorSums }) };
}

/** A VPC that is there already is asked for its networks by the program. */
function otherNetworks({ target, clusterCidr, vpcCidr, vpcId }: ConfigValues, managementCidr: string | undefined) {
  return {
    "the pods' network hardway:clusterCidr": clusterCidr,
    ...(target === "aws" && vpcId === "" ? { "the VPC's network hardway:vpcCidr": vpcCidr } : {}),
    ...(managementCidr === undefined ? {} : { "the network by which the machines are managed": managementCidr }),
  };
}

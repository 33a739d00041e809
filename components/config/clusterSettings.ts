import type { LabClusterArgs } from "../labArgs";
import { UnknownArtifactError } from "../node/runtime/artifacts/artifact";
import { artifactsOfVersion } from "../node/runtime/artifacts/hostArtifacts";
import { sourcesOf } from "../node/runtime/artifacts/sources";
import { withDefaults } from "../node/runtime/runtimes";
import type { HostRole } from "../host";
import { serviceCidrProblem } from "../plan/cluster";
import type { Mirrors } from "./nodeRuntimes";
import { mirrorValues } from "./defaultMirror";
import type { Problem } from "./problems";
import type { ConfigValues } from "./schema";

/**
 * The lab's cluster, from values that have passed the schema; undefined for none.
 *
 * @param problems everything that is wrong is added here
 */
export function clusterSettings(
  values: ConfigValues,
  nodes: readonly { readonly role: HostRole }[],
  problems: Problem[],
  mirrors: Mirrors,
): LabClusterArgs | undefined {
  if (!values.cluster) return undefined;
  const { kubernetesVersion, serviceCidr, clusterDomain, proxyMode, encryptedResources } = values;
  const { certificateDays, certificateGeneration, caGeneration, etcdHeartbeatMilliseconds } = values;
  const source = programSource(values, mirrors);
  problems.push(...networkProblems(values), ...hostProblems(nodes), ...versionProblems(kubernetesVersion, source));
  return {
    ...{ kubernetesVersion, serviceCidr, clusterDomain, proxyMode, encryptedResources, source },
    ...{ certificateDays, certificateGeneration, caGeneration, heartbeatMilliseconds: etcdHeartbeatMilliseconds },
  };
}

/** The mirror of the runtimes, or else the one that is meant where none is named. */
function programSource(values: ConfigValues, { sums, defaultMirror }: Mirrors) {
  const { runtimeMirror, runtimeMirrorSums } =
    values.runtimeMirror === "" && defaultMirror !== undefined ? mirrorValues(defaultMirror) : values;
  return { runtimeMirror, runtimeMirrorSums: sums.read("hardway:runtimeMirrorSums", { runtimeMirrorSums }) };
}

function networkProblems({ target, serviceCidr, clusterCidr, vpcCidr, vpcId }: ConfigValues): Problem[] {
  const made = target === "aws" && vpcId === "";
  const problem = serviceCidrProblem(serviceCidr, {
    "the pods' network hardway:clusterCidr": clusterCidr,
    ...(made ? { "the VPC's network hardway:vpcCidr": vpcCidr } : {}),
  });
  return problem === undefined ? [] : [{ key: "hardway:serviceCidr", rule: problem, got: serviceCidr }];
}

function hostProblems(nodes: readonly { readonly role: HostRole }[]): Problem[] {
  const controllers = nodes.filter(({ role }) => role === "controller").length;
  const workers = nodes.length - controllers;
  const key = "hardway:cluster";
  return [
    ...(controllers === 1 || controllers === 3
      ? []
      : [
          {
            key,
            rule: `needs 1 or 3 controllers, so that etcd has a majority when one is lost; there are ${controllers}`,
          },
        ]),
    ...(workers > 0 ? [] : [{ key, rule: "needs a worker; there is none" }]),
  ];
}

function versionProblems(
  kubernetesVersion: string,
  source: { runtimeMirror: string; runtimeMirrorSums: string },
): Problem[] {
  try {
    artifactsOfVersion("kube-apiserver", kubernetesVersion, sourcesOf(withDefaults(source)));
    return [];
  } catch (error) {
    if (!(error instanceof UnknownArtifactError)) throw error;
    return [{ key: "hardway:kubernetesVersion", rule: `cannot be had: ${error.message}`, got: kubernetesVersion }];
  }
}

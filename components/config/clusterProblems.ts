import type { HostRole } from "../host";
import type { LabClusterArgs } from "../labArgs";
import { clusterDefaults } from "../cluster/clusterDefaults";
import { localImage } from "../cluster/localImage";
import { givenArguments } from "../completeLab";
import { UnknownArtifactError } from "../node/runtime/artifacts/artifact";
import { artifactsOfVersion } from "../node/runtime/artifacts/hostArtifacts";
import type { ArtifactName } from "../node/runtime/artifacts/lock";
import { sourcesOf } from "../node/runtime/artifacts/sources";
import type { RuntimeKind, RuntimeSettings } from "../node/runtime/runtimeSettings";
import { withDefaults } from "../node/runtime/runtimes";
import { parseCidr } from "../plan/cidr";
import { controllersProblem, serviceCidrProblem } from "../plan/cluster";
import { longestPodCidr } from "../plan/podCidrs";
import { clusterArgsSchema } from "./clusterSchema";
import type { Problem } from "./problems";
import { zodProblems } from "./zodProblems";

interface WorkerRuntime {
  readonly kind: RuntimeKind;
  readonly settings: Pick<RuntimeSettings, "runtimeVersion">;
}

interface ClusterHost {
  readonly name: string;
  readonly role: HostRole;
  readonly address?: unknown;
  /** Its own, or the one that is chosen for it, where that is known. */
  readonly podCidr?: string | undefined;
}

/** What a cluster is to be made on. */
export interface ClusterPlace {
  readonly hosts: readonly ClusterHost[];
  /** By the worker's name. */
  readonly runtimes: Readonly<Record<string, WorkerRuntime>>;
  /** Networks besides the hosts' addresses that the Services' must not overlap, by what they are. */
  readonly networks: Readonly<Record<string, string>>;
}

/** Names of the keys in problems: of the configuration, or of a program's arguments. */
export interface ClusterKeys {
  readonly cluster: string;
  /** What stands before the name of a setting. */
  readonly prefix: string;
}

/** Everything that is wrong with a cluster and what it is made on, for the configuration and for programs alike. */
export function clusterProblems(cluster: LabClusterArgs, place: ClusterPlace, keys: ClusterKeys): Problem[] {
  const { kubernetesVersion, serviceCidr, dnsImage } = { ...clusterDefaults, ...givenArguments(cluster) };
  const parsed = clusterArgsSchema.safeParse(cluster);
  const own = parsed.success ? [] : zodProblems(parsed.error, cluster, keys.prefix, clusterArgsSchema);
  const unless = (name: string, problems: () => Problem[]) =>
    own.some(({ key }) => key === `${keys.prefix}${name}`) ? [] : problems();
  return [
    ...own,
    ...unless("serviceCidr", () => networkProblems(serviceCidr, place, keys)),
    ...hostProblems(place, keys),
    ...podCidrProblems(place, keys),
    ...unless("kubernetesVersion", () => versionProblems(kubernetesVersion, cluster.source ?? {}, keys)),
    ...unless("dnsImage", () => imageProblems(dnsImage, cluster.source ?? {}, keys)),
    ...unless("kubernetesVersion", () => runtimeProblems(kubernetesVersion, place, keys)),
  ];
}

function networkProblems(serviceCidr: string, { hosts, networks }: ClusterPlace, { prefix }: ClusterKeys): Problem[] {
  const addresses = hosts.flatMap(({ name, address }) =>
    typeof address === "string" ? [[`the address of ${name}`, `${address}/32`]] : [],
  );
  const others = { ...networks, ...(Object.fromEntries(addresses) as Record<string, string>) };
  const problem = serviceCidrProblem(serviceCidr, others);
  return problem === undefined ? [] : [{ key: `${prefix}serviceCidr`, rule: problem, got: serviceCidr }];
}

function hostProblems({ hosts }: ClusterPlace, { cluster: key }: ClusterKeys): Problem[] {
  const controllers = hosts.filter(({ role }) => role === "controller").length;
  const problem = controllersProblem(controllers);
  const rules = [
    ...(problem === undefined ? [] : [`has ${controllers} controllers; their number ${problem}`]),
    ...(hosts.length > controllers ? [] : ["needs a worker; there is none"]),
  ];
  return rules.map((rule) => ({ key, rule }));
}

function podCidrProblems({ hosts }: ClusterPlace, { cluster: key }: ClusterKeys): Problem[] {
  return hosts.flatMap(({ name, podCidr }) => {
    if (podCidr === undefined || parseCidr(podCidr).prefix <= longestPodCidr) return [];
    const rule = `needs pod CIDRs of at most /${longestPodCidr}, so that a node has room for DNS and other pods`;
    return [{ key, rule: `${rule}; ${name} has ${podCidr}` }];
  });
}

type Source = NonNullable<LabClusterArgs["source"]>;

function versionProblems(version: string, source: Source, { prefix }: ClusterKeys): Problem[] {
  const rule = releaseProblem("kube-apiserver", version, source);
  return rule === undefined ? [] : [{ key: `${prefix}kubernetesVersion`, rule, got: version }];
}

/** What a registry has is not asked for. */
function imageProblems(dnsImage: string, source: Source, { prefix }: ClusterKeys): Problem[] {
  const image = localImage(dnsImage);
  const rule = image && releaseProblem(image.name, image.version, source);
  return rule === undefined ? [] : [{ key: `${prefix}dnsImage`, rule, got: dnsImage }];
}

function releaseProblem(name: ArtifactName, version: string, source: Source): string | undefined {
  try {
    artifactsOfVersion(name, version, sourcesOf(withDefaults(source)));
    return undefined;
  } catch (error) {
    if (!(error instanceof UnknownArtifactError)) throw error;
    return `cannot be had: ${error.message}`;
  }
}

/** From this minor version on a kubelet asks the runtime for the cgroup driver, and containerd 1 does not know the question. */
const firstMinorWithoutContainerd1 = 38;

/** What a host's own packages bring is looked at there, by the kubelet's step. */
function runtimeProblems(kubernetesVersion: string, { runtimes }: ClusterPlace, { prefix }: ClusterKeys): Problem[] {
  const [, minor = 0] = kubernetesVersion.split(".").map(Number);
  if (minor < firstMinorWithoutContainerd1) return [];
  return Object.entries(runtimes)
    .filter(([, { kind, settings }]) => kind === "containerd" && settings.runtimeVersion.startsWith("1."))
    .map(([name, { settings }]) => ({
      key: `${prefix}kubernetesVersion`,
      rule: `needs containerd 2 or newer; ${name} has ${settings.runtimeVersion}`,
      got: kubernetesVersion,
    }));
}

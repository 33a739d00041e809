import {
  labDefaults,
  type AwsLabArgs,
  type HardWayLabArgs,
  type Host,
  type LabClusterArgs,
  type LabRuntime,
} from "./labArgs";
import { networkDefaults } from "./network/networkDefaults";
import { kubeletSysctlsBeside } from "./node/kernelFiles";
import type { RuntimeKind, RuntimeSettings } from "./node/runtime/runtimeSettings";
import { withDefaults } from "./node/runtime/runtimes";
import { isStoreSnapshotter } from "./node/runtime/snapshotters";
import type { StorePlace } from "./node/storeFiles";
import { placeNodes, type NodePlacement } from "./plan/network";
import { planPodCidrs, type PodCidrHost } from "./plan/podCidrs";
import { planPodNetworks, type PodNetwork } from "./plan/routes";

/** What one worker runs containers with, with all choices made. */
export interface NodeRuntime {
  readonly kind: RuntimeKind;
  readonly settings: RuntimeSettings;
  /** Only where the snapshotter needs one. */
  readonly store?: StorePlace;
}

/** A node that is to be made: its place in the network, and a worker's pod CIDR. */
export interface PlacedNode extends NodePlacement {
  readonly podCidr?: string;
}

type Chosen = keyof typeof networkDefaults;

/** Target aws with all choices made. */
export interface AwsSettings extends Omit<AwsLabArgs, Chosen>, Required<Pick<AwsLabArgs, Chosen>> {
  readonly nodes: readonly PlacedNode[];
  readonly podNetworks: PodNetwork[];
}

/** A lab with all choices made: every worker has a pod CIDR and a runtime. */
export interface CompleteLab extends Required<Omit<HardWayLabArgs, "aws" | "cluster" | "runtime" | "runtimes">> {
  readonly aws?: AwsSettings;
  readonly cluster?: LabClusterArgs;
  readonly podNetworks: PodNetwork[];
  /** Sysctls that workers have besides `extraSysctls`. */
  readonly workerSysctls: Readonly<Record<string, string>>;
  /** By the worker's name. */
  readonly runtimes: Readonly<Record<string, NodeRuntime>>;
}

/** The arguments with the defaults for what they do not say; they have no problem. */
export function completeLab(args: HardWayLabArgs): CompleteLab {
  const { aws, hosts = [] } = args;
  const { clusterCidr, podCidrPrefix, modulesFile, sysctlFile, masquerade, podMtu, probeImage, sshTimeoutSeconds } = {
    ...labDefaults,
    ...givenArguments(args),
  };
  const nodes = labNodes(args);
  const podCidrs = planPodCidrs(nodes, clusterCidr, podCidrPrefix);
  const podNetworks = planPodNetworks(nodes.map(({ name }) => ({ name, podCidr: podCidrs.get(name) })));
  return {
    hosts: hosts.map((host) => ({ ...host, podCidr: podCidrs.get(host.name) })),
    ...(aws === undefined ? {} : { aws: completeAws(aws, podCidrs, podNetworks) }),
    ...(args.cluster === undefined ? {} : { cluster: args.cluster }),
    podNetworks,
    runtimes: labRuntimes(args),
    ...{ clusterCidr, podCidrPrefix, modulesFile, sysctlFile, masquerade, podMtu, probeImage, sshTimeoutSeconds },
    extraModules: args.extraModules ?? [],
    extraSysctls: args.extraSysctls ?? {},
    workerSysctls: args.cluster === undefined ? {} : kubeletSysctlsBeside(args.extraSysctls ?? {}),
    registryCredentials: args.registryCredentials ?? {},
    runAgain: args.runAgain ?? {},
  };
}

function completeAws(aws: AwsLabArgs, podCidrs: ReadonlyMap<string, string>, podNetworks: PodNetwork[]): AwsSettings {
  const nodes = placedNodes(aws).map((node) => ({ ...node, podCidr: podCidrs.get(node.name) }));
  return { ...networkDefaults, ...givenArguments(aws), zones: zonesOf(aws), nodes, podNetworks };
}

/** By the worker's name. */
export function labRuntimes(args: HardWayLabArgs): Record<string, NodeRuntime> {
  const { runtime, runtimes } = args;
  const workers = labNodes(args).filter(isWorker);
  return Object.fromEntries(workers.map(({ name }) => [name, completeRuntime(runtimes?.[name] ?? runtime ?? {})]));
}

function completeRuntime({ kind = labDefaults.runtime, settings: own = {}, store = {} }: LabRuntime): NodeRuntime {
  const settings = withDefaults(own);
  const { device = "", sizeGiB = labDefaults.storeGiB } = store;
  return { kind, settings, ...(isStoreSnapshotter(settings.snapshotter) ? { store: { device, sizeGiB } } : {}) };
}

/** The hosts of a lab, or those that are to be made. */
export function labNodes({ hosts = [], aws }: HardWayLabArgs): readonly (PodCidrHost | Host)[] {
  return aws === undefined ? hosts : placedNodes(aws);
}

function placedNodes(aws: AwsLabArgs): NodePlacement[] {
  const { controllers, workers } = { ...networkDefaults, ...givenArguments(aws) };
  return placeNodes({ controllers, workers }, zonesOf(aws));
}

function zonesOf({ existing, zones = networkDefaults.zones }: AwsLabArgs): number {
  return existing?.subnetIds.length ?? zones;
}

function isWorker({ role }: PodCidrHost): boolean {
  return role === "worker";
}

/** What is there of the arguments: a program may have set others to undefined. */
export function givenArguments<T extends object>(args: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]: Exclude<T[Key], undefined>;
  };
}

import { clusterDefaults } from "./cluster/clusterDefaults";
import type { ProxyMode } from "./cluster/kubeProxyFiles";
import type { AwsSettings, CompleteLab, NodeRuntime } from "./completeLab";
import type { LabClusterArgs } from "./labArgs";
import { cniDefaults, cniPlugins, type Masquerade } from "./node/cniFiles";
import { kernelModules, kernelSysctls } from "./node/kernelFiles";
import { requiredProgram } from "./node/runtime/handlerPrograms";
import { handlers, type HandlerName, type Isolation } from "./node/runtime/handlers";
import type { CgroupDriver, RuntimeKind, SecurityProfile } from "./node/runtime/runtimeSettings";
import { runtimeDefaults, runtimeOf } from "./node/runtime/runtimes";
import type { SnapshotterName } from "./node/runtime/snapshotters";
import { parseCidr, routerOf } from "./plan/cidr";
import type { PlannedHost, PodNetwork, PodRoute } from "./plan/routes";

/** What the VPC holds for the lab. */
export interface VpcPlan {
  readonly cidrs: string[];
  readonly subnets: SubnetPlan[];
  /** What each route table of the lab's subnets holds: packets to `destination` go to the node's interface. */
  readonly routes: PodNetwork[];
  /** What the security group lets in besides its members' own packets: all traffic from these. */
  readonly podCidrRules: PodNetwork[];
  /** Who may log in to the machines. */
  readonly ssh: LoginPlan;
  /** Whether the lab made the network, with its way out to the internet; otherwise that is somebody else's. */
  readonly ownNetwork: boolean;
}

/** One of the lab's subnets. */
export interface SubnetPlan {
  readonly cidr: string;
  /** Availability zone, e.g. `us-east-1a`. */
  readonly zone: string;
  /** The address that the VPC's router has in this subnet. */
  readonly router: string;
}

/** Who may log in to the machines. */
export interface LoginPlan {
  readonly port: number;
  /** Undefined: whoever ran the program last, by the address that was seen then. */
  readonly cidrs?: string[];
}

/** What one worker runs containers with. */
export interface RuntimePlan {
  readonly kind: RuntimeKind;
  /** What CRI's Version calls it. */
  readonly criName: string;
  /** The file that says most about it. */
  readonly configFile: string;
  /** CRI endpoint, a unix socket on the host. */
  readonly socket: string;
  /** Handler of pods without a RuntimeClass. */
  readonly defaultHandler: HandlerName;
  readonly snapshotter: SnapshotterName;
  readonly cgroupDriver: CgroupDriver;
  /** Image that holds a pod's namespaces open. */
  readonly sandboxImage: string;
  /** The seccomp filter of containers that name none, where it is not `unconfined`. */
  readonly seccompProfile?: SecurityProfile;
  /** The AppArmor profile of containers that name none, where it is not `runtime/default`. */
  readonly appArmorProfile?: SecurityProfile;
  /** Its systemd units. */
  readonly services: string[];
  readonly handlers: HandlerPlan[];
  /** What the runtime itself calls the snapshotter, e.g. Docker's `overlay2` for overlayfs. */
  readonly storageDriver: string;
}

export interface HandlerPlan {
  readonly name: HandlerName;
  readonly isolation: Isolation;
  /** The OCI runtime: an absolute path, or a name on the service's PATH. */
  readonly program: string;
  /** containerd's shim, e.g. `io.containerd.runc.v2`; other runtimes have none. */
  readonly shim?: string;
}

/** Grows whenever a plan of before lacks what the verification reads. */
export const planVersion = 3;

/**
 * What the lab has to be like, in plain data: the stack's `plan` output. `hardway verify` compares the machines with
 * it, and everything that is made per host is rendered from it.
 */
export interface LabPlan {
  /** `planVersion` of whoever made it. */
  readonly version: number;
  readonly hosts: PlannedHost[];
  /** Holds every pod CIDR, e.g. `10.200.0.0/16`. */
  readonly clusterCidr: string;
  readonly routes: PodRoute[];
  /** Target aws only. */
  readonly vpc?: VpcPlan;
  readonly kernel: KernelPlan;
  /** By the worker's name. */
  readonly runtimes: Record<string, RuntimePlan>;
  readonly cni: CniPlan;
  /** Labs with a cluster only. */
  readonly cluster?: ClusterPlan;
  readonly verification: ProbePlan;
}

/** Kernel modules and parameters of the hosts. */
export interface KernelPlan {
  readonly modules: string[];
  readonly modulesFile: string;
  /** Of every host. */
  readonly sysctls: Record<string, string>;
  /** Of workers besides; those that a kubelet needs, in a lab with a cluster. */
  readonly workerSysctls?: Record<string, string>;
  readonly sysctlFile: string;
}

/** The pod network of every worker. */
export interface CniPlan {
  readonly binDir: string;
  readonly confDir: string;
  readonly bridge: string;
  readonly plugins: string[];
  readonly masquerade: Masquerade;
  /** Of a lab with a cluster. */
  readonly hairpinMode?: boolean;
  /** Of the bridge and the pods' interfaces, in bytes, where it is not the kernel's own. */
  readonly mtu?: number;
}

/** The cluster on the hosts. */
export interface ClusterPlan {
  readonly kubernetesVersion: string;
  readonly serviceCidr: string;
  readonly clusterDomain: string;
  /** Kinds of objects that are encrypted in etcd, e.g. `secrets`. */
  readonly encryptedResources: string[];
  /** How kube-proxy leads what is sent to Services. */
  readonly proxyMode: ProxyMode;
}

/** What the verification brings along. */
export interface ProbePlan {
  /** Image with a busybox shell that the verification's pods run. Preloaded, or pulled by the runtime. */
  readonly probeImage: string;
}

/** The VPC that a plan is made for. */
export interface PlannedNetwork {
  readonly vpcCidrs: readonly string[];
  readonly subnets: readonly { readonly cidr: string; readonly zone: string }[];
}

/** What is known of a lab only when its machines and their network are. */
export interface PlannedMachines {
  readonly hosts: readonly PlannedHost[];
  readonly routes: readonly PodRoute[];
  /** Target aws only. */
  readonly network?: PlannedNetwork;
}

/** What the hosts of a lab have to be like, with all choices made. */
export function planLab(lab: CompleteLab, { hosts, routes, network }: PlannedMachines): LabPlan {
  return {
    version: planVersion,
    hosts: hosts.map(({ name, role, address, podCidr, subnet }) => ({
      name,
      role,
      address,
      ...(podCidr === undefined ? {} : { podCidr }),
      ...(subnet === undefined ? {} : { subnet }),
    })),
    clusterCidr: lab.clusterCidr,
    routes: [...routes],
    ...(network === undefined || lab.aws === undefined ? {} : { vpc: planVpc(network, lab.aws) }),
    kernel: {
      modules: [...kernelModules, ...lab.extraModules],
      modulesFile: lab.modulesFile,
      sysctls: { ...kernelSysctls, ...lab.extraSysctls },
      ...(lab.cluster === undefined ? {} : { workerSysctls: { ...lab.workerSysctls } }),
      sysctlFile: lab.sysctlFile,
    },
    runtimes: Object.fromEntries(Object.entries(lab.runtimes).map(([name, node]) => [name, planRuntime(node)])),
    cni: {
      ...{ ...cniDefaults, plugins: [...cniPlugins], masquerade: lab.masquerade },
      ...(lab.cluster === undefined ? {} : { hairpinMode: true }),
      ...(lab.podMtu === 0 ? {} : { mtu: lab.podMtu }),
    },
    ...(lab.cluster === undefined ? {} : { cluster: planCluster(lab.cluster) }),
    verification: { probeImage: lab.probeImage },
  };
}

/** The sysctls of one host. */
export function sysctlsOf({ kernel, hosts }: LabPlan, host: string): Record<string, string> {
  const isWorker = hosts.some(({ name, role }) => name === host && role === "worker");
  return isWorker ? { ...kernel.sysctls, ...kernel.workerSysctls } : kernel.sysctls;
}

function planRuntime({ kind, settings }: NodeRuntime): RuntimePlan {
  const runtime = runtimeOf(kind);
  const { criName, services, configFile, socket } = runtime;
  const { defaultHandler, snapshotter, cgroupDriver, sandboxImage, seccompProfile, appArmorProfile } = settings;
  return {
    kind,
    criName,
    services: [...services],
    configFile,
    socket,
    handlers: settings.handlers.map((name) => ({
      name,
      isolation: handlers[name].isolation,
      program: runtime.handlerProgram(name, settings),
      ...(kind === "containerd" && { shim: requiredProgram(name, settings).containerdRuntime }),
    })),
    defaultHandler,
    snapshotter,
    storageDriver: runtime.storageDriver(snapshotter),
    cgroupDriver,
    sandboxImage,
    ...(seccompProfile === runtimeDefaults.seccompProfile ? {} : { seccompProfile }),
    ...(appArmorProfile === runtimeDefaults.appArmorProfile ? {} : { appArmorProfile }),
  };
}

function planCluster(cluster: LabClusterArgs): ClusterPlan {
  const {
    kubernetesVersion = clusterDefaults.kubernetesVersion,
    serviceCidr = clusterDefaults.serviceCidr,
    clusterDomain = clusterDefaults.clusterDomain,
    encryptedResources = clusterDefaults.encryptedResources,
    proxyMode = clusterDefaults.proxyMode,
  } = cluster;
  return { kubernetesVersion, serviceCidr, clusterDomain, encryptedResources: [...encryptedResources], proxyMode };
}

function planVpc({ vpcCidrs, subnets }: PlannedNetwork, aws: AwsSettings): VpcPlan {
  const { podNetworks, sshPort, adminCidrs, existing } = aws;
  return {
    cidrs: [...vpcCidrs],
    subnets: subnets.map(({ cidr, zone }) => ({ cidr, zone, router: routerOf(parseCidr(cidr)) })),
    routes: podNetworks,
    podCidrRules: podNetworks,
    ssh: { port: sshPort, ...(adminCidrs === undefined ? {} : { cidrs: adminCidrs }) },
    ownNetwork: existing === undefined,
  };
}

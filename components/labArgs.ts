import type * as pulumi from "@pulumi/pulumi";
import type { HostRole } from "./host";
import type { ProxyMode } from "./cluster/kubeProxyFiles";
import type { ExistingNetwork } from "./network/existingNetwork";
import type { Architecture, OperatingSystem } from "./network/osImages";
import type { Masquerade } from "./node/cniFiles";
import { hostDefaults } from "./node/hostDefaults";
import type { RegistryLoginArgs, RuntimeKind, RuntimeSettings } from "./node/runtime/runtimeSettings";
import type { HostConnection, ProxyConnection } from "./remote/connection";

/**
 * What a lab is to be like. Plain values but for connections, addresses and logins: the plan is made, and checked,
 * before anything else is.
 */
export interface HardWayLabArgs {
  /** Machines that are there already; an alternative to `aws`. @default none */
  readonly hosts?: Host[];
  /** Machines to make on EC2, with their network; an alternative to `hosts`. @default none */
  readonly aws?: AwsLabArgs;
  /** IPv4 network that holds every worker's pod CIDR. @default 10.200.0.0/16 */
  readonly clusterCidr?: string;
  /** Prefix length of the pod CIDRs of workers without one of their own. @default 24 */
  readonly podCidrPrefix?: number;
  /** File that names the kernel modules to load at boot. @default /etc/modules-load.d/containerd.conf */
  readonly modulesFile?: string;
  /** File with the kernel parameters to set at boot. @default /etc/sysctl.d/99-kubernetes-cri.conf */
  readonly sysctlFile?: string;
  /** Modules besides overlay and br_netfilter, e.g. `ip_vs`. @default none */
  readonly extraModules?: string[];
  /** Sysctls besides the bridge and forwarding ones, e.g. `{ "vm.max_map_count": "262144" }`. @default none */
  readonly extraSysctls?: Record<string, string>;
  /** What the workers run containers with. @default containerd with runc, from the distribution's packages */
  readonly runtime?: LabRuntime;
  /** What single workers have instead, by name. @default as `runtime` says */
  readonly runtimes?: Record<string, LabRuntime>;
  /** Logins by the registry's host; secret. @default none */
  readonly registryCredentials?: pulumi.Input<Record<string, pulumi.Input<RegistryLoginArgs>>>;
  /** Who is seen as the sender when a pod's packet leaves its node; see `CniConfig`. @default bridge */
  readonly masquerade?: Masquerade;
  /**
   * MTU of pods, in bytes, at most that of the hosts' network; 0 leaves it to the kernel, which gives 1500. With larger
   * packets, such as EC2's of 9001, much data is sent with less work; in a network with smaller ones, as tunnels have, pods
   * would have to be told so for each destination.
   *
   * @default 0
   */
  readonly podMtu?: number;
  /**
   * Steps to run again: a host, or `HOST/STEP` with a step such as kernel or runtime, to a number.
   * Changing the number runs them once more, which mends what somebody changed on the host.
   *
   * @default none
   */
  readonly runAgain?: Record<string, number>;
  /** The Kubernetes cluster to make on the hosts once they are ready for one. @default none */
  readonly cluster?: LabClusterArgs;
  /** Image with busybox for the pods of `hardway verify`. @default docker.io/library/busybox:1.36 */
  readonly probeImage?: string;
  /** How long to wait until a host answers on SSH, in seconds. @default 180 */
  readonly sshTimeoutSeconds?: number;
}

/** A machine that can be reached over SSH: an EC2 instance, a virtual machine or bare metal. */
export interface Host {
  /** Name of the node, e.g. `node-0`. Part of resource names, so it never changes for a living host. */
  readonly name: string;
  readonly role: HostRole;
  /** IPv4 address on the network that the hosts share; the next hop of the pod routes. */
  readonly address: pulumi.Input<string>;
  /** Pods of this host get their addresses from here. Workers only. */
  readonly podCidr?: string;
  /** How to reach it. `hostKey` pins the host's identity; without it the host is not verified. */
  readonly connection: HostConnection;
}

/** A host that is there already, so that its address is known. */
export interface KnownHost extends Host {
  readonly address: string;
}

/** The cluster of a lab: etcd and a control plane on the controllers, a kubelet and kube-proxy on the workers. */
export interface LabClusterArgs {
  /** @default 1.36.3 */
  readonly kubernetesVersion?: string;
  /** IPv4 network of the Services. It cannot change later. @default 10.32.0.0/24 */
  readonly serviceCidr?: string;
  /** DNS domain of the Services. @default cluster.local */
  readonly clusterDomain?: string;
  /**
   * Image of CoreDNS. `hardway.local/coredns:1.14.6` is a file of a mirror instead, which the nodes import.
   *
   * @default registry.k8s.io/coredns/coredns:v1.14.6
   */
  readonly dnsImage?: string;
  /** How the kernel leads to pods what is sent to a Service. @default iptables */
  readonly proxyMode?: ProxyMode;
  /** Whether pods that name no seccomp profile get the runtime's own instead of none; see `Kubelet`. @default false */
  readonly seccompDefault?: boolean;
  /** Kinds of objects that are encrypted in etcd. @default secrets */
  readonly encryptedResources?: string[];
  /** Days that a host's certificates hold; authorities hold ten times that. @default 365 */
  readonly certificateDays?: number;
  /** Another number issues the hosts' certificates again. @default 1 */
  readonly certificateGeneration?: number;
  /** Another number makes new authorities: no part of a running cluster trusts them. @default 1 */
  readonly caGeneration?: number;
  /** Milliseconds between two signs of life of etcd's leader; more for slow machines. @default 100 */
  readonly heartbeatMilliseconds?: number;
  /** Where the programs come from; none are packages of the distribution. @default the projects themselves */
  readonly source?: LabProgramSource;
}

/** Where programs come from that no package has. */
export interface LabProgramSource {
  /** Base URL of a mirror that holds the projects' files. @default the projects themselves */
  readonly runtimeMirror?: string;
  /** Text of the mirror's SHA256SUMS, where it builds the files itself. @default its files are held to the projects' checksums */
  readonly runtimeMirrorSums?: string;
}

/** What a worker runs containers with. */
export interface LabRuntime {
  /** @default containerd */
  readonly kind?: RuntimeKind;
  /** Where it comes from and how it is configured. @default what `ContainerRuntime` has */
  readonly settings?: Partial<RuntimeSettings>;
  /** Where snapshotters btrfs, zfs and devmapper keep their layers. @default files on the root disk */
  readonly store?: LabStore;
}

/** Where a snapshotter keeps its layers. */
export interface LabStore {
  /** An empty block device, e.g. `/dev/vdb`. @default none: files on the root disk */
  readonly device?: string;
  /** Size of those files, in GiB. @default 8 */
  readonly sizeGiB?: number;
}

/**
 * The machines of a lab on EC2, controllers called `server`, `server-1` and so on and workers `node-0` and so on, and their
 * network.
 */
export interface AwsLabArgs {
  /** Number of controllers, 1 or 3. With a cluster it cannot change later. @default 1 */
  readonly controllers?: number;
  /** Number of workers, 1 to 50. @default 2 */
  readonly workers?: number;
  /** Number of availability zones to spread the machines over, each with a /24 subnet, 1 to 3. @default 1 */
  readonly zones?: number;
  /** IPv4 network of the VPC, /16 to /24, outside the cluster CIDR. @default 10.240.0.0/16 */
  readonly vpcCidr?: string;
  /** An existing network to use; `zones` is then the number of its subnets. @default none: one is made */
  readonly existing?: ExistingNetwork;
  /** @default t3.small */
  readonly instanceType?: string;
  /** Of controllers. A control plane needs 2 GiB of memory. @default as `instanceType` says */
  readonly controllerInstanceType?: string;
  /** Operating system. @default debian-13 */
  readonly os?: OperatingSystem;
  /** It must fit the instance type. @default amd64 */
  readonly architecture?: Architecture;
  /** Machine image; changing it replaces the machines. @default the newest official one for new machines */
  readonly amiId?: string;
  /** Size of each machine's encrypted root volume, in GiB. @default 16 */
  readonly rootVolumeGiB?: number;
  /** Size of a second, empty volume of each worker, in GiB; 0 for none. @default 0 */
  readonly dataVolumeGiB?: number;
  /**
   * Networks that may log in over SSH, e.g. `192.0.2.7/32`.
   *
   * @default the public address of whoever runs the program, asked of checkip.amazonaws.com at each run
   */
  readonly adminCidrs?: string[];
  /** Port of SSH. @default 22 */
  readonly sshPort?: number;
  /** Whether the machines get public addresses. @default true */
  readonly publicAddresses?: boolean;
  /** A machine to log in through, to the private addresses. Pin its `hostKey` too. @default none */
  readonly bastion?: ProxyConnection;
  /** A key pair of your own to log in with. @default one that the program makes */
  readonly loginKey?: OwnLoginKey;
  /** Routes that a route table may hold: the account's quota. @default 500 */
  readonly routesPerTable?: number;
}

/** A key pair to log in with. */
export interface OwnLoginKey {
  /** One line, e.g. `ssh-ed25519 AAAA...`. */
  readonly publicKey: pulumi.Input<string>;
  /** PEM text. Secret. */
  readonly privateKey: pulumi.Input<string>;
  /** Where the lines for `~/.ssh/config` look for the private key. @default ~/.ssh/hardway */
  readonly privateKeyFile?: string;
}

/** What is not given; what a network is like by default is in `networkDefaults`, a runtime in `runtimeDefaults`. */
export const labDefaults = {
  ...hostDefaults,
  podCidrPrefix: 24,
  probeImage: "docker.io/library/busybox:1.36",
  identityFile: "~/.ssh/hardway",
} as const;

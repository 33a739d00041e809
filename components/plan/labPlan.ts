import type { HostRole } from "../host";
import type { HandlerName, Isolation } from "../node/runtime/handlers";
import type { Runtime, RuntimeSettings } from "../node/runtime/runtime";

/** One route to another node's pods: on `host`, packets for `destination` go to `nextHop`. */
export interface PodRoute {
  /** Name of the host whose routing table holds the entry. */
  readonly host: string;
  /** Pod CIDR of the other node, e.g. `10.200.1.0/24`. */
  readonly destination: string;
  /** IPv4 address that the packets are sent to, e.g. `10.240.0.81`. */
  readonly nextHop: string;
  /** Name of the node whose pods live in `destination`. */
  readonly node: string;
}

/** The pods of one node: all of them, and nothing else, have addresses in `destination`. */
export interface PodNetwork {
  /** The node's pod CIDR, e.g. `10.200.1.0/24`. */
  readonly destination: string;
  readonly node: string;
}

/** A host as the plan sees it: no secrets, no connection. */
export interface PlannedHost {
  readonly name: string;
  readonly role: HostRole;
  readonly address: string;
  /** Workers only. */
  readonly podCidr?: string;
  /** CIDR of the VPC's subnet that the host is in; only where a VPC routes between subnets. */
  readonly subnet?: string;
}

/** What the VPC holds for the lab. */
export interface VpcPlan {
  readonly cidrs: readonly string[];
  readonly subnets: readonly {
    readonly cidr: string;
    /** Availability zone, e.g. `us-east-1a`. */
    readonly zone: string;
    /** The address that the VPC's router has in this subnet. */
    readonly router: string;
  }[];
  /** What each route table of the lab's subnets holds: packets to `destination` go to the node's interface. */
  readonly routes: readonly PodNetwork[];
  /** What the security group lets in besides its members' own packets: all traffic from these. */
  readonly podCidrRules: readonly PodNetwork[];
  /** Who may log in to the machines. */
  readonly ssh: {
    readonly port: number;
    /** Undefined: whoever ran the program last, by the address that was seen then. */
    readonly cidrs?: readonly string[];
  };
  /** Whether the lab made the network, with its way out to the internet; otherwise that is somebody else's. */
  readonly ownNetwork: boolean;
}

/** What one worker runs containers with. */
export interface RuntimePlan
  extends
    Pick<Runtime, "kind" | "criName" | "configFile" | "socket">,
    Pick<RuntimeSettings, "defaultHandler" | "snapshotter" | "cgroupDriver" | "sandboxImage"> {
  /** Its systemd units. */
  readonly services: readonly string[];
  readonly handlers: readonly HandlerPlan[];
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

/** How pod traffic that leaves a node is masqueraded; see `CniConfig`. */
export type Masquerade = "bridge" | "outsideCluster" | "none";

/** Grows whenever a plan of before lacks what the verification reads. */
export const planVersion = 2;

/**
 * What the lab has to be like, in plain data: the stack's `plan` output. `hardway verify` compares the machines with
 * it, and everything that is made per host is rendered from it.
 */
export interface LabPlan {
  /** `planVersion` of whoever made it. */
  readonly version: number;
  readonly hosts: readonly PlannedHost[];
  /** Holds every pod CIDR, e.g. `10.200.0.0/16`. */
  readonly clusterCidr: string;
  readonly routes: readonly PodRoute[];
  /** Target aws only. */
  readonly vpc?: VpcPlan;
  readonly kernel: {
    readonly modules: readonly string[];
    readonly modulesFile: string;
    readonly sysctls: Readonly<Record<string, string>>;
    readonly sysctlFile: string;
  };
  /** By the worker's name. */
  readonly runtimes: Readonly<Record<string, RuntimePlan>>;
  readonly cni: {
    readonly binDir: string;
    readonly confDir: string;
    readonly bridge: string;
    readonly plugins: readonly string[];
    readonly masquerade: Masquerade;
  };
  readonly verification: {
    /** Image with a busybox shell that the verification's pods run. Preloaded, or pulled by the runtime. */
    readonly probeImage: string;
  };
}

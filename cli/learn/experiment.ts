import type { EC2Client } from "@aws-sdk/client-ec2";

/** What an experiment is about. */
export const topics = ["kernel", "runtime", "cni", "routes", "vpc", "cluster"] as const;
export type Topic = (typeof topics)[number];

/** Where an experiment takes place: what its commands name. */
export interface Place {
  /** The worker that is broken. */
  readonly node: string;
  readonly address: string;
  readonly podCidr: string;
  /** Another worker, from where it is looked at. */
  readonly other: string;
  readonly otherAddress: string;
  /** Where the node sends what is for pods of the other: that worker, or the router of its own subnet. */
  readonly nextHop: string;
  readonly otherPodCidr: string;
  readonly confDir: string;
  readonly binDir: string;
  /** Of the node's runtime: systemd or cgroupfs. */
  readonly cgroupDriver: string;
  /** Image of a pod's sandbox on the node. */
  readonly sandboxImage: string;
  /** With a busybox shell. */
  readonly image: string;
  /** The first one, from where a cluster is changed; empty in a lab without one. */
  readonly controller: string;
  /** Of a lab with a cluster. */
  readonly cluster?: KubernetesPlace;
  /** Of a lab whose machines are in one. */
  readonly vpc?: VpcPlace;
}

/** What of a VPC has to do with the worker that is broken. */
export interface VpcPlace {
  readonly instanceId: string;
  /** Its primary one, to which the VPC's routes to its pods lead. */
  readonly networkInterfaceId: string;
  readonly securityGroupId: string;
  readonly routeTableIds: readonly string[];
}

/** A cluster's own Services, and how they are led. */
export interface KubernetesPlace {
  readonly apiService: string;
  readonly dnsService: string;
  readonly clusterDomain: string;
  readonly proxyMode: string;
}

/** Which of the two workers. */
type Side = "node" | "other";

/** A command line of root on a host, or of the AWS CLI. `$NAME` is the address of that pod of the experiment. */
export interface HostCommand {
  readonly on: Side | "controller" | "vpc";
  readonly run: string;
  /** Does in the VPC what the command line would do, which nobody needs to have installed. @returns what it would print */
  readonly call?: (ec2: EC2Client) => Promise<string | void>;
}

/** Who runs a command, for the prompt before it. */
export const whoRuns = (place: Place, { on }: HostCommand): string => (on === "vpc" ? "vpc" : place[on]);

/** What is looked at: before, while it is broken, and after the repair. */
export interface Observation extends HostCommand {
  readonly question: string;
  /** What the command prints, errors included, as it has to be. */
  readonly healthy: Expected;
  /** Likewise while it is broken. That nothing changes may be the point. */
  readonly broken: Expected;
}

export interface Expected {
  readonly pattern: RegExp;
  /** What must not be there besides. @default nothing */
  readonly without?: RegExp;
  readonly words: string;
}

/** Whether an output is as it was expected. */
export function isAsExpected({ pattern, without }: Expected, output: string): boolean {
  return pattern.test(output) && without?.test(output) !== true;
}

/** Whether a break can be told from what is seen. */
export function isChanged({ healthy, broken }: Observation): boolean {
  return String([healthy.pattern, healthy.without]) !== String([broken.pattern, broken.without]);
}

/** A container with an address of its own, which answers HTTP at port 8080. */
export interface ExperimentPod {
  readonly name: string;
  readonly on: Side;
}

/** A setting that is taken away on purpose, to see what depends on it. */
export interface Experiment {
  readonly name: string;
  readonly topic: Topic;
  readonly question: string;
  /**
   * What a lab must have; "iptables" is a cluster with that proxy mode, "systemd" one whose node has that cgroup driver, and
   * "no pods" a lab without a cluster, whose pods would be in its way.
   *
   * @default nothing but two workers
   */
  readonly needs?: "cluster" | "iptables" | "systemd" | "no pods" | "vpc";
  /** @default none */
  readonly pods?: readonly ExperimentPod[];
  /** What has to be there besides, from before the break until after the repair. @default nothing */
  readonly prepare?: (place: Place) => readonly HostCommand[];
  /** Takes that away, also where it is not there. @default nothing */
  readonly cleanUp?: (place: Place) => readonly HostCommand[];
  readonly break: (place: Place) => readonly HostCommand[];
  readonly observe: (place: Place) => readonly Observation[];
  /** Changes nothing where nothing was broken yet. */
  readonly repair: (place: Place) => readonly HostCommand[];
  /** Why it is so, and what is often said about it that is not true. */
  readonly why: string;
}

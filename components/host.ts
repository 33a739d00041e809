import type { types } from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";

/** What a host is for: a controller runs the control plane and has no pods, a worker runs pods. */
export const HostRole = { Controller: "controller", Worker: "worker" } as const;
export type HostRole = (typeof HostRole)[keyof typeof HostRole];

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
  readonly connection: types.input.remote.ConnectionArgs;
}

/** A host that is there already, so that its address is known. */
export interface KnownHost extends Host {
  readonly address: string;
}

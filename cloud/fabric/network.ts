/** What the fabric needs to know of the VPCs. The API derives it from its state; the fabric keeps no other truth. */

export interface NetworkConfig {
  readonly vpcs: readonly VpcConfig[];
}

/** A VPC is a world of its own: nothing in it knows of another VPC. */
export interface VpcConfig {
  /** `vpc-...` */
  readonly id: string;
  readonly cidrs: readonly string[];
  readonly subnets: readonly SubnetConfig[];
  readonly routeTables: readonly RouteTableConfig[];
  readonly securityGroups: readonly SecurityGroupConfig[];
  readonly interfaces: readonly InterfaceConfig[];
}

export interface SubnetConfig {
  readonly id: string;
  readonly cidr: string;
  /** The table that it is associated with, or the VPC's main one. */
  readonly routeTableId: string;
}

export interface RouteTableConfig {
  readonly id: string;
  /** Without the local routes of the VPC's own CIDRs, which every table has and nothing overrides. */
  readonly routes: readonly RouteConfig[];
}

export interface RouteConfig {
  /** IPv4 CIDR. */
  readonly destination: string;
  readonly target:
    | { readonly kind: "interface"; readonly id: string }
    | { readonly kind: "internet-gateway"; readonly id: string }
    /** The target is gone, or its instance does not run; `id` is what it was. */
    | { readonly kind: "blackhole"; readonly id: string };
}

export interface SecurityGroupConfig {
  readonly id: string;
  readonly ingress: readonly SecurityGroupRuleConfig[];
  readonly egress: readonly SecurityGroupRuleConfig[];
}

export interface SecurityGroupRuleConfig {
  /** `sgr-...` */
  readonly id: string;
  /** `-1` for all, `tcp`, `udp`, `icmp`, or an IP protocol number. */
  readonly protocol: string;
  /** First and last port, or ICMP type and code; -1 or absent for all. */
  readonly fromPort?: number;
  readonly toPort?: number;
  /** A group stands for the private addresses of its members, not for what they forward. */
  readonly peer: { readonly cidr: string } | { readonly groupId: string };
}

export interface InterfaceConfig {
  /** `eni-...` */
  readonly id: string;
  readonly subnetId: string;
  /** Lower-case, with colons. */
  readonly mac: string;
  /** Private IPv4 addresses, the primary one first. */
  readonly addresses: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly sourceDestCheck: boolean;
  /** `i-...`, and the name from its Name tag where it has one. */
  readonly instanceId?: string;
  readonly name?: string;
  /** Unix socket on which the machine's QEMU listens. Without it nothing is attached. */
  readonly socket?: string;
}

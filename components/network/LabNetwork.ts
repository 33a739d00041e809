import { getAvailabilityZonesOutput } from "@pulumi/aws/getAvailabilityZones";
import * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import type { PodNetwork } from "../plan/routes";
import { planSubnets } from "../plan/network";
import { orShownError, shownError } from "../shownError";
import { createSecurityGroup } from "./securityGroup";

/** An existing network. */
export interface ExistingNetwork {
  readonly vpcId: string;
  /** One or more, at most one per availability zone makes sense. */
  readonly subnetIds: readonly string[];
  /**
   * Route tables of these subnets, each once. Needed for more than one subnet.
   *
   * @default the table that the one subnet is explicitly associated with
   */
  readonly routeTableIds?: readonly string[];
}

export interface LabNetworkArgs {
  /** @default 10.240.0.0/16 */
  readonly vpcCidr?: string;
  /** Availability zones to spread over, one /24 subnet in each: the region's first by name. @default 1 */
  readonly zones?: number;
  /** An existing network to use; then no VPC, subnet, gateway or route table is made. @default none */
  readonly existing?: ExistingNetwork;
  /**
   * Networks that may log in over SSH. `0.0.0.0/0` logs a warning.
   *
   * @default the public address of whoever runs the program, asked of checkip.amazonaws.com at each run
   */
  readonly adminCidrs?: readonly string[];
  /** Port that is opened for them. @default 22 */
  readonly sshPort?: number;
  /** Pods that are let in; `planPodNetworks` makes the list for a whole lab. @default none */
  readonly podNetworks?: readonly PodNetwork[];
  /** Tags of everything that is made. @default none */
  readonly tags?: Readonly<Record<string, string>>;
}

/** A subnet, made or found. */
export interface LabSubnet {
  readonly id: pulumi.Output<string>;
  readonly cidr: pulumi.Output<string>;
  /** Availability zone, e.g. `us-east-1a`. */
  readonly zone: pulumi.Output<string>;
}

/**
 * The network of a lab: a VPC with one public subnet per availability zone, an internet gateway, a route table, and a
 * security group that lets in SSH from administrators, all traffic between members and all traffic from pods.
 *
 * ```ts
 * const network = new LabNetwork("lab", { zones: 2, adminCidrs: ["192.0.2.7/32"] });
 * ```
 *
 * @throws pulumi.RunError when the VPC has no room for the subnets, or the region not that many zones.
 */
export class LabNetwork extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  /** IPv4 networks of the VPC, the primary one first. */
  readonly vpcCidrs: pulumi.Output<readonly string[]>;
  /** One per zone, in their order; as many as asked for. */
  readonly subnets: readonly LabSubnet[];
  /**
   * The route tables of the subnets, by a stable key: it becomes part of resource names, so it is never renumbered or
   * reused.
   */
  readonly routeTableIds: Readonly<Record<string, pulumi.Output<string>>>;
  readonly securityGroupId: pulumi.Output<string>;
  /**
   * What has to be there before a machine can be reached and reach out, and to stay until it is gone: let machines
   * depend on these rather than on the whole network, whose rules grow with every node.
   */
  readonly access: readonly pulumi.Resource[];

  constructor(name: string, args: LabNetworkArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:index:LabNetwork", name, {}, opts);
    const tags = args.tags ?? {};
    const found =
      args.existing === undefined ? this.create(name, args, tags) : this.find(args.existing, { parent: this });
    this.vpcId = found.vpcId;
    this.vpcCidrs = found.vpcCidrs;
    this.subnets = found.subnets;
    this.routeTableIds = found.routeTableIds;
    const { group, access } = createSecurityGroup(
      name,
      {
        vpcId: this.vpcId,
        adminCidrs: args.adminCidrs,
        sshPort: args.sshPort ?? 22,
        podNetworks: args.podNetworks ?? [],
        tags,
      },
      this,
    );
    this.securityGroupId = group.id;
    this.access = [...found.ways, ...access];
    this.registerOutputs({
      vpcId: this.vpcId,
      subnetIds: this.subnets.map(({ id }) => id),
      routeTableIds: this.routeTableIds,
      securityGroupId: this.securityGroupId,
    });
  }

  private create(name: string, args: LabNetworkArgs, tags: Readonly<Record<string, string>>) {
    const { vpcCidr = "10.240.0.0/16", zones = 1 } = args;
    const cidrs = orShownError(() => planSubnets(vpcCidr, zones));
    const opts = { parent: this };
    const named = (suffix = "") => ({ ...tags, Name: `${name}${suffix}` });

    const vpc = new ec2.Vpc(
      name,
      { cidrBlock: vpcCidr, enableDnsSupport: true, enableDnsHostnames: true, tags: named() },
      opts,
    );
    const gateway = new ec2.InternetGateway(name, { vpcId: vpc.id, tags: named() }, opts);
    const table = new ec2.RouteTable(name, { vpcId: vpc.id, tags: named() }, opts);
    const defaultRoute = new ec2.Route(
      `${name}-default`,
      { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id },
      opts,
    );
    const zoneNames = this.zoneNames(zones);
    const subnets = cidrs.map((cidrBlock, index) => {
      const subnet = new ec2.Subnet(
        `${name}-${index}`,
        {
          vpcId: vpc.id,
          cidrBlock,
          availabilityZone: zoneNames.apply((names) => names[index] as string),
          // Each machine says for itself whether it gets a public address.
          mapPublicIpOnLaunch: false,
          tags: named(`-${index}`),
        },
        // A zone that joins the region or is shut must not move a subnet with its machines.
        { ...opts, ignoreChanges: ["availabilityZone"] },
      );
      return { id: subnet.id, cidr: pulumi.output(cidrBlock), zone: subnet.availabilityZone };
    });
    const associations = subnets.map(
      ({ id }, index) =>
        new ec2.RouteTableAssociation(`${name}-${index}`, { subnetId: id, routeTableId: table.id }, opts),
    );
    return {
      vpcId: vpc.id,
      vpcCidrs: pulumi.output([vpcCidr]),
      subnets,
      routeTableIds: { main: table.id },
      ways: [defaultRoute, ...associations],
    };
  }

  /** The region's first zones that need no opt-in, which leaves out local and wavelength zones. */
  private zoneNames(count: number): pulumi.Output<string[]> {
    const zones = getAvailabilityZonesOutput(
      { state: "available", filters: [{ name: "opt-in-status", values: ["opt-in-not-required"] }] },
      { parent: this },
    );
    return zones.names.apply((names) => {
      if (names.length >= count) return names.toSorted().slice(0, count);
      throw shownError(`${count} availability zones are asked for, and the region has ${names.length}.`);
    });
  }

  private find({ vpcId, subnetIds, routeTableIds }: ExistingNetwork, opts: pulumi.InvokeOptions) {
    const vpc = ec2.getVpcOutput({ id: vpcId }, opts);
    const subnets = subnetIds.map((id) => {
      const subnet = ec2.getSubnetOutput({ id }, opts);
      return { id: pulumi.output(id), cidr: subnet.cidrBlock, zone: subnet.availabilityZone };
    });
    return {
      vpcId: pulumi.output(vpcId),
      vpcCidrs: vpc.cidrBlockAssociations.apply((associations) => associations.map(({ cidrBlock }) => cidrBlock)),
      subnets,
      routeTableIds: existingRouteTables(subnetIds, routeTableIds, opts),
      ways: [],
    };
  }
}

function existingRouteTables(
  [first, ...others]: readonly string[],
  ids: readonly string[] | undefined,
  opts: pulumi.InvokeOptions,
): Record<string, pulumi.Output<string>> {
  if (ids !== undefined) return Object.fromEntries(ids.map((id) => [id, pulumi.output(id)]));
  // Which subnets share a table is known only when they are looked up, too late to make each route once.
  if (first === undefined || others.length > 0) {
    throw shownError("An existing network needs at least one subnet, and with more than one also their routeTableIds.");
  }
  return { main: ec2.getRouteTableOutput({ subnetId: first }, opts).routeTableId };
}

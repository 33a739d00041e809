import { getAvailabilityZonesOutput } from "@pulumi/aws/getAvailabilityZones";
import * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import { subnetCidr, subnetsProblem } from "../plan/network";
import { refuse, shownError } from "../shownError";
import type { ExistingNetwork } from "./existingNetwork";
import { listKey } from "./listKey";
import { networkDefaults } from "./networkDefaults";
import { createSecurityGroup, type PodSource } from "./securityGroup";
import { named, type Tags } from "./tags";

export interface LabNetworkArgs {
  /** IPv4 network of the VPC, /16 to /24. @default 10.240.0.0/16 */
  readonly vpcCidr?: pulumi.Input<string>;
  /**
   * Availability zones to spread over, one /24 subnet in each: the region's first by name. Plain: it decides how many
   * subnets there are.
   *
   * @default 1
   */
  readonly zones?: number;
  /** An existing network to use; then no VPC, subnet, gateway or route table is made. @default none */
  readonly existing?: ExistingNetwork;
  /**
   * Networks that may log in over SSH, e.g. `192.0.2.7/32`; none for nobody. `0.0.0.0/0` logs a warning. The list's
   * length is plain: there is a rule for each. It is named after a network that is plain text, and after the place in
   * the list of one that is an output, so leave outputs where they are.
   */
  readonly adminCidrs: pulumi.Input<string>[];
  /** One network more, whose rule keeps its name whenever the network changes; for `callerCidr()`. @default none */
  readonly callerCidr?: pulumi.Input<string>;
  /** Port that is opened for them. @default 22 */
  readonly sshPort?: pulumi.Input<number>;
  /**
   * Pods that are let in; `planPodNetworks` makes the list for a whole lab. Plain but for the pod CIDRs: there is a rule
   * for each.
   *
   * @default none
   */
  readonly podNetworks?: PodSource[];
  /** Tags of everything that is made; `Name` is set where they have none. @default none */
  readonly tags?: Tags;
}

/** A subnet of a `LabNetwork`, made or found. */
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
 * `customTimeouts` are those of everything that is made.
 *
 * @throws pulumi.RunError when the VPC has no room for the subnets, or the region not that many zones.
 */
export class LabNetwork extends pulumi.ComponentResource {
  /** The VPC, made or found. */
  readonly vpcId: pulumi.Output<string>;
  /** IPv4 networks of the VPC, the primary one first. */
  readonly vpcCidrs: pulumi.Output<string[]>;
  /** One per zone, in their order; as many as asked for. */
  readonly subnets: LabSubnet[];
  /**
   * The route tables of the subnets, by a stable key: it becomes part of resource names, so it is never renumbered or
   * reused.
   */
  readonly routeTableIds: Record<string, pulumi.Output<string>>;
  /** The security group, for each machine. */
  readonly securityGroupId: pulumi.Output<string>;
  /**
   * What has to be there before a machine can be reached and reach out, and to stay until it is gone: let machines
   * depend on these rather than on the whole network, whose rules grow with every node.
   */
  readonly access: pulumi.Resource[];

  constructor(name: string, args: LabNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:index:LabNetwork", name, visible(args), opts);
    const own = { parent: this, customTimeouts: opts?.customTimeouts };
    const found =
      args.existing === undefined ? createNetwork(name, args, own) : findNetwork(args.existing, { parent: this });
    this.vpcId = found.vpcId;
    this.vpcCidrs = found.vpcCidrs;
    this.subnets = found.subnets;
    this.routeTableIds = found.routeTableIds;
    const { group, access } = createSecurityGroup(
      name,
      {
        vpcId: this.vpcId,
        adminCidrs: args.adminCidrs,
        callerCidr: args.callerCidr,
        sshPort: args.sshPort ?? networkDefaults.sshPort,
        podNetworks: args.podNetworks ?? [],
        tags: args.tags ?? {},
      },
      own,
    );
    this.securityGroupId = group.id;
    this.access = [...found.ways, ...access];
    this.registerOutputs({
      vpcId: this.vpcId,
      vpcCidrs: this.vpcCidrs,
      subnetIds: this.subnets.map(({ id }) => id),
      routeTableIds: this.routeTableIds,
      securityGroupId: this.securityGroupId,
    });
  }
}

/** The parts of a network that machines and routes need. */
interface NetworkParts {
  readonly vpcId: pulumi.Output<string>;
  readonly vpcCidrs: pulumi.Output<string[]>;
  readonly subnets: LabSubnet[];
  readonly routeTableIds: Record<string, pulumi.Output<string>>;
  /** What packets need to get out of the network and into it. */
  readonly ways: pulumi.Resource[];
}

function createNetwork(name: string, args: LabNetworkArgs, opts: pulumi.CustomResourceOptions): NetworkParts {
  const { vpcCidr = networkDefaults.vpcCidr, zones = networkDefaults.zones, tags } = args;
  // What is known is checked before anything is made.
  if (typeof vpcCidr === "string") refuse(subnetsProblem(vpcCidr, zones));
  const checkedCidr = pulumi.output(vpcCidr).apply((cidr) => {
    refuse(subnetsProblem(cidr, zones));
    return cidr;
  });

  const vpc = new ec2.Vpc(
    name,
    { cidrBlock: vpcCidr, enableDnsSupport: true, enableDnsHostnames: true, tags: named(tags, name) },
    opts,
  );
  const gateway = new ec2.InternetGateway(name, { vpcId: vpc.id, tags: named(tags, name) }, opts);
  const table = new ec2.RouteTable(name, { vpcId: vpc.id, tags: named(tags, name) }, opts);
  const defaultRoute = new ec2.Route(
    `${name}-default`,
    { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id },
    opts,
  );
  const zoneOf = zonesOfRegion(zones, { parent: opts.parent });
  const subnets = Array.from({ length: zones }, (_, index) => {
    const cidr = checkedCidr.apply((known) => subnetCidr(known, index));
    const subnet = new ec2.Subnet(
      `${name}-${index}`,
      {
        vpcId: vpc.id,
        cidrBlock: cidr,
        availabilityZone: zoneOf(index),
        // Each machine says for itself whether it gets a public address.
        mapPublicIpOnLaunch: false,
        tags: named(tags, `${name}-${index}`),
      },
      // A zone that joins the region or is shut must not move a subnet with its machines.
      { ...opts, ignoreChanges: ["availabilityZone"] },
    );
    return { id: subnet.id, cidr, zone: subnet.availabilityZone };
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

/** The region's first zones that need no opt-in, which leaves out local and wavelength zones, each by its number. */
function zonesOfRegion(count: number, opts: pulumi.InvokeOptions): (index: number) => pulumi.Output<string> {
  const zones = getAvailabilityZonesOutput(
    { state: "available", filters: [{ name: "opt-in-status", values: ["opt-in-not-required"] }] },
    opts,
  );
  return (index) =>
    zones.names.apply((names) => {
      const zone = names.toSorted()[index];
      if (names.length >= count && zone !== undefined) return zone;
      throw shownError(`${count} availability zones are asked for, and the region has ${names.length}.`);
    });
}

function findNetwork({ vpcId, subnetIds, routeTableIds }: ExistingNetwork, opts: pulumi.InvokeOptions): NetworkParts {
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

function existingRouteTables(
  [first, ...others]: readonly pulumi.Input<string>[],
  ids: readonly pulumi.Input<string>[] | undefined,
  opts: pulumi.InvokeOptions,
): Record<string, pulumi.Output<string>> {
  if (ids !== undefined) return Object.fromEntries(ids.map((id, index) => [listKey(id, index), pulumi.output(id)]));
  // Which subnets share a table is known only when they are looked up, too late to make each route once.
  if (first === undefined || others.length > 0) {
    throw shownError("An existing network needs at least one subnet, and with more than one also their routeTableIds.");
  }
  return { main: ec2.getRouteTableOutput({ subnetId: first }, opts).routeTableId };
}

/** What the state and policies see of the component itself; the caller's address would change it at each run. */
function visible({ callerCidr: _caller, ...args }: LabNetworkArgs) {
  return args;
}

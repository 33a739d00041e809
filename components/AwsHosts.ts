import * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import { labDefaults, type AwsLabArgs, type Host } from "./labArgs";
import type { PlannedNetwork } from "./labPlan";
import type { AwsSettings, PlacedNode } from "./completeLab";
import { callerCidr } from "./network/callerCidr";
import { LabInstance, type LoginKey } from "./network/LabInstance";
import { LabNetwork, type LabSubnet } from "./network/LabNetwork";
import { latestImage, type MachineImage } from "./network/machineImage";
import { osImages } from "./network/osImages";
import { renderSshConfig, type SshAccess } from "./network/sshConfig";
import { SshKeyPair } from "./network/SshKeyPair";
import { VpcPodRoutes } from "./network/VpcPodRoutes";
import { nodeAddress, nodeAddressProblem } from "./plan/network";
import type { PlannedHost } from "./plan/routes";
import { refuse } from "./shownError";

/** What was made on AWS; the stack's `network` output. */
export interface NetworkFacts {
  readonly vpcId: string;
  readonly subnetIds: string[];
  /** By a stable key, which is part of resource names. */
  readonly routeTableIds: Record<string, string>;
  readonly securityGroupId: string;
  /** By the host's name. */
  readonly instances: Record<string, InstanceFacts>;
}

/** A machine on EC2. */
export interface InstanceFacts {
  readonly id: string;
  readonly networkInterfaceId: string;
  readonly privateIp: string;
  /** Only where the machines have one. */
  readonly publicIp?: string;
}

/** A machine as the steps on it need it. */
interface AwsHost {
  readonly host: Host;
  readonly instance: ec2.Instance;
}

/** A node with what was made for it. */
interface Machine {
  readonly node: PlacedNode;
  readonly address: pulumi.Output<string>;
  readonly subnet: LabSubnet;
  readonly made: LabInstance;
}

/** The machines of a lab on EC2, with their network. With `hosts` a lab has both already. */
export class AwsHosts extends pulumi.ComponentResource {
  readonly hosts: AwsHost[];
  /** What the plan needs of them. */
  readonly planned: pulumi.Output<PlannedHost[]>;
  readonly plannedNetwork: pulumi.Output<PlannedNetwork>;
  readonly network: pulumi.Output<NetworkFacts>;
  /** How to log in, by name; secret. */
  readonly ssh: pulumi.Output<Record<string, SshAccess>>;
  /** Lines for `~/.ssh/config`. */
  readonly sshConfig: pulumi.Output<string>;

  constructor(name: string, args: AwsSettings, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:index:AwsHosts", name, withoutLogins(args), opts);
    warnOfNoWayOut(args, this);
    const network = createNetwork(name, args, this);
    const machines = createMachines(name, args, network, this);
    createVpcRoutes(name, args, network, machines, this);
    this.hosts = machines.map(hostOf);
    this.planned = pulumi.all(machines.map(plannedHost));
    this.plannedNetwork = pulumi.output({
      vpcCidrs: network.vpcCidrs,
      subnets: network.subnets.map(({ cidr, zone }) => ({ cidr, zone })),
    });
    this.network = networkFacts(args, network, machines);
    const access = sshAccess(machines);
    this.ssh = pulumi.secret(access);
    const identityFile = args.loginKey?.privateKeyFile ?? labDefaults.identityFile;
    this.sshConfig = pulumi.unsecret(access.apply((hosts) => renderSshConfig(hosts, identityFile)));
    // In the state from here on, for whoever wants to log in after a step has failed: the stack's own outputs need all of them.
    this.registerOutputs({ network: this.network, planned: this.planned, ssh: this.ssh });
  }
}

/** What the state and policies see of such arguments. */
export function withoutLogins({ loginKey: _key, bastion: _bastion, ...args }: AwsLabArgs) {
  return args;
}

function warnOfNoWayOut({ publicAddresses, existing }: AwsSettings, parent: pulumi.Resource): void {
  if (publicAddresses || existing !== undefined) return;
  void pulumi.log.warn(
    "publicAddresses is false and the VPC is made without a NAT gateway: on AWS the machines cannot reach the " +
      "package mirrors. Use subnets of a VPC of yours that lead out.",
    parent,
  );
}

function labTags() {
  return { "hardway:project": pulumi.getProject(), "hardway:stack": pulumi.getStack() };
}

function createNetwork(name: string, args: AwsSettings, parent: pulumi.Resource): LabNetwork {
  const { vpcCidr, zones, existing, adminCidrs, sshPort, podNetworks } = args;
  return new LabNetwork(
    name,
    {
      ...{ vpcCidr, zones, existing, sshPort, podNetworks },
      adminCidrs: adminCidrs ?? [],
      callerCidr: adminCidrs === undefined ? callerCidr() : undefined,
      tags: labTags(),
    },
    { parent },
  );
}

function createMachines(name: string, args: AwsSettings, network: LabNetwork, parent: pulumi.Resource): Machine[] {
  const {
    instanceType,
    controllerInstanceType = instanceType,
    rootVolumeGiB,
    dataVolumeGiB,
    publicAddresses,
    sshPort,
    bastion,
  } = args;
  const image = imageOf(args, parent);
  const { key, resource } = createLoginKey(`${name}-login`, args, parent);
  return args.nodes.map((node) => {
    const subnet = subnetOf(network, node);
    const address = subnet.cidr.apply((cidr) => {
      refuse(nodeAddressProblem(cidr, node));
      return nodeAddress(cidr, node);
    });
    const made = new LabInstance(
      `${name}-${node.name}`,
      {
        hostname: node.name,
        role: node.role,
        podCidr: node.podCidr,
        subnetId: subnet.id,
        address,
        securityGroupIds: [network.securityGroupId],
        loginKey: key,
        instanceType: node.role === "controller" ? controllerInstanceType : instanceType,
        image,
        rootVolumeGiB,
        dataVolumeGiB: node.role === "worker" ? dataVolumeGiB : 0,
        publicAddress: publicAddresses,
        sshPort,
        bastion,
        tags: labTags(),
      },
      // A key reaches a machine at its first boot only, so another key means another machine.
      { parent, dependsOn: network.access, replaceWith: [resource] },
    );
    return { node, address, subnet, made };
  });
}

function subnetOf({ subnets }: LabNetwork, { name, subnet: index }: PlacedNode): LabSubnet {
  const subnet = subnets[index];
  if (subnet === undefined)
    throw new RangeError(`${name} is to be in subnet ${index}, and there are ${subnets.length}`);
  return subnet;
}

function imageOf({ amiId, os, architecture }: AwsSettings, parent: pulumi.Resource): MachineImage {
  if (amiId === undefined) return latestImage(os, architecture, { parent });
  return { id: amiId, user: osImages[os].user, pinned: true };
}

function createLoginKey(name: string, { loginKey }: AwsSettings, parent: pulumi.Resource) {
  const pair = loginKey ?? new SshKeyPair(name, {}, { parent });
  const resource = new ec2.KeyPair(
    name,
    // A name of its own for every lab in the account.
    { keyName: `${pulumi.getProject()}-${pulumi.getStack()}-${name}`, publicKey: pair.publicKey, tags: labTags() },
    { parent, deleteBeforeReplace: true },
  );
  const key: LoginKey = { keyName: resource.keyName, privateKey: pair.privateKey };
  return { key, resource };
}

function createVpcRoutes(
  name: string,
  { existing, vpcCidr, routesPerTable }: AwsSettings,
  { routeTableIds, vpcCidrs }: LabNetwork,
  machines: readonly Machine[],
  parent: pulumi.Resource,
): void {
  const routes = machines.flatMap(({ node: { name: node, podCidr }, made: { instance } }) =>
    podCidr === undefined
      ? []
      : [{ destination: podCidr, node, networkInterfaceId: instance.primaryNetworkInterfaceId }],
  );
  new VpcPodRoutes(
    `${name}-pods`,
    { routeTableIds, routes, vpcCidrs: existing === undefined ? [vpcCidr] : vpcCidrs, routesPerTable },
    { parent },
  );
}

function hostOf({ node: { name, podCidr }, made: { host, instance } }: Machine): AwsHost {
  return { host: { ...host, name, podCidr }, instance };
}

function plannedHost({ node, address, subnet }: Machine): pulumi.Output<PlannedHost> {
  return pulumi.all([address, subnet.cidr]).apply(([known, cidr]) => ({ ...node, address: known, subnet: cidr }));
}

function networkFacts(
  { publicAddresses }: AwsSettings,
  { vpcId, subnets, routeTableIds, securityGroupId }: LabNetwork,
  machines: readonly Machine[],
): pulumi.Output<NetworkFacts> {
  const instances = machines.map(({ node, made: { instance } }) => {
    const { id, primaryNetworkInterfaceId: networkInterfaceId, privateIp, publicIp } = instance;
    return [node.name, { id, networkInterfaceId, privateIp, ...(publicAddresses ? { publicIp } : {}) }] as const;
  });
  return pulumi.output({
    vpcId,
    subnetIds: subnets.map(({ id }) => id),
    routeTableIds,
    securityGroupId,
    instances: Object.fromEntries(instances),
  });
}

/** How to log in, by name. */
function sshAccess(machines: readonly Machine[]): pulumi.Output<Record<string, SshAccess>> {
  const connections = machines.map(({ node, made }) => [node.name, pulumi.output(made.host.connection)] as const);
  // LabInstance sets more than the type says: that of an argument, so that every language can hand the connection on.
  return pulumi.all(Object.fromEntries(connections)) as pulumi.Output<Record<string, SshAccess>>;
}

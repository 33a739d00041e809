import * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import type { AwsSettings, LabConfig, PlacedNode } from "./config/labConfig";
import type { Host } from "./host";
import type { PlannedNetwork } from "./labPlan";
import { callerCidr } from "./network/callerCidr";
import { LabInstance, type LoginKey } from "./network/LabInstance";
import { LabNetwork, type LabSubnet } from "./network/LabNetwork";
import { latestImage, type MachineImage } from "./network/machineImage";
import { osImages } from "./network/osImages";
import { renderSshConfig, type SshAccess } from "./network/sshConfig";
import { SshKeyPair } from "./network/SshKeyPair";
import { VpcPodRoutes } from "./network/VpcPodRoutes";
import { nodeAddress, nodeAddressProblem } from "./plan/network";
import { planPodNetworks, type PlannedHost } from "./plan/routes";
import { refuse } from "./shownError";

/** What was made on AWS; the stack's `network` output. */
export interface NetworkFacts {
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  /** By a stable key, which is part of resource names. */
  readonly routeTableIds: Readonly<Record<string, string>>;
  readonly securityGroupId: string;
  /** By the host's name. */
  readonly instances: Readonly<
    Record<
      string,
      {
        readonly id: string;
        readonly networkInterfaceId: string;
        readonly privateIp: string;
        /** Only where the machines have one. */
        readonly publicIp?: string;
      }
    >
  >;
}

/** Where the SSH config lines look for the key that the program made; the user puts it there. */
const defaultIdentityFile = "~/.ssh/hardway";

/** The machines of a lab on EC2, with their network. Target hosts has both already. */
export class AwsHosts extends pulumi.ComponentResource {
  readonly hosts: readonly { readonly host: Host; readonly instance: ec2.Instance }[];
  /** What the plan needs of them. */
  readonly planned: pulumi.Output<readonly PlannedHost[]>;
  readonly plannedNetwork: pulumi.Output<PlannedNetwork>;
  readonly network: pulumi.Output<NetworkFacts>;
  /** How to log in, by name; secret. */
  readonly ssh: pulumi.Output<Record<string, SshAccess>>;
  /** Lines for `~/.ssh/config`. */
  readonly sshConfig: pulumi.Output<string>;

  private readonly aws: AwsSettings;
  private readonly tags = { "hardway:project": pulumi.getProject(), "hardway:stack": pulumi.getStack() };

  constructor(
    private readonly name: string,
    config: LabConfig & { readonly aws: AwsSettings },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("hardway:index:AwsHosts", name, {}, opts);
    this.aws = config.aws;
    const { nodes, vpcCidr, zones, existing, adminCidrs, sshPort, publicAddresses } = this.aws;
    const podNetworks = planPodNetworks(nodes);
    if (!publicAddresses && existing === undefined) {
      void pulumi.log.warn(
        "publicAddresses is false and the VPC is made without a NAT gateway: on AWS the machines cannot reach the " +
          "package mirrors. Use subnets of a VPC of yours that lead out.",
        this,
      );
    }
    const network = new LabNetwork(
      name,
      {
        vpcCidr,
        zones,
        existing,
        adminCidrs: [...(adminCidrs ?? [])],
        callerCidr: adminCidrs === undefined ? callerCidr() : undefined,
        sshPort,
        podNetworks,
        tags: this.tags,
      },
      { parent: this },
    );
    const made = this.createInstances(network);
    this.hosts = made.map(({ node: { name: hostname, podCidr }, instance: { host, instance } }) => ({
      host: { ...host, name: hostname, podCidr },
      instance,
    }));
    new VpcPodRoutes(
      `${name}-pods`,
      {
        routeTableIds: network.routeTableIds,
        routes: podNetworks.map((route) => ({
          ...route,
          networkInterfaceId: interfaceOf(made.find(({ node }) => node.name === route.node)),
        })),
        vpcCidrs: existing === undefined ? [vpcCidr] : network.vpcCidrs,
        routesPerTable: this.aws.routesPerTable,
      },
      { parent: this },
    );

    this.planned = pulumi.all(
      made.map(({ node, address, subnet }) =>
        pulumi.all([address, subnet.cidr]).apply(([address, cidr]) => ({ ...node, address, subnet: cidr })),
      ),
    );
    this.plannedNetwork = pulumi.output({
      vpcCidrs: network.vpcCidrs,
      subnets: network.subnets.map(({ cidr, zone }) => ({ cidr, zone })),
    });
    this.network = pulumi.output({
      vpcId: network.vpcId,
      subnetIds: network.subnets.map(({ id }) => id),
      routeTableIds: network.routeTableIds,
      securityGroupId: network.securityGroupId,
      instances: Object.fromEntries(this.hosts.map(({ host, instance }) => [host.name, this.factsOf(instance)])),
    });
    const access = pulumi.all(
      Object.fromEntries(this.hosts.map(({ host }) => [host.name, pulumi.output(host.connection)])),
    ) as pulumi.Output<Record<string, SshAccess>>;
    this.ssh = pulumi.secret(access);
    const identityFile = this.aws.loginKey?.privateKeyFile ?? defaultIdentityFile;
    this.sshConfig = pulumi.unsecret(access.apply((hosts) => renderSshConfig(hosts, identityFile)));
    this.registerOutputs({ network: this.network });
  }

  private createInstances(network: LabNetwork): MadeNode[] {
    const { aws, name } = this;
    const image = this.image();
    const { key, resource } = this.createLoginKey();
    return aws.nodes.map((node) => {
      const subnet = network.subnets[node.subnet] as LabSubnet;
      const address = subnet.cidr.apply((cidr) => {
        refuse(nodeAddressProblem(cidr, node));
        return nodeAddress(cidr, node);
      });
      const instance = new LabInstance(
        `${name}-${node.name}`,
        {
          hostname: node.name,
          role: node.role,
          podCidr: node.podCidr,
          subnetId: subnet.id,
          address,
          securityGroupIds: [network.securityGroupId],
          loginKey: key,
          instanceType: aws.instanceType,
          image,
          rootVolumeGiB: aws.rootVolumeGiB,
          dataVolumeGiB: node.role === "worker" ? aws.dataVolumeGiB : 0,
          publicAddress: aws.publicAddresses,
          sshPort: aws.sshPort,
          bastion: aws.bastion,
          tags: this.tags,
        },
        // A key reaches a machine at its first boot only, so another key means another machine.
        { parent: this, dependsOn: [...network.access], replaceWith: [resource] },
      );
      return { node, address, subnet, instance };
    });
  }

  private image(): MachineImage {
    const { amiId, os, architecture } = this.aws;
    if (amiId === undefined) return latestImage(os, architecture, { parent: this });
    return { id: amiId, user: osImages[os].user, pinned: true };
  }

  private createLoginKey(): { key: LoginKey; resource: pulumi.Resource } {
    const name = `${this.name}-login`;
    const pair = this.aws.loginKey ?? new SshKeyPair(name, {}, { parent: this });
    const resource = new ec2.KeyPair(
      name,
      // A name of its own for every lab in the account.
      { keyName: `${pulumi.getProject()}-${pulumi.getStack()}-${name}`, publicKey: pair.publicKey, tags: this.tags },
      { parent: this, deleteBeforeReplace: true },
    );
    return { key: { keyName: resource.keyName, privateKey: pair.privateKey }, resource };
  }

  private factsOf({ id, primaryNetworkInterfaceId, privateIp, publicIp }: ec2.Instance) {
    return {
      id,
      networkInterfaceId: primaryNetworkInterfaceId,
      privateIp,
      ...(this.aws.publicAddresses ? { publicIp } : {}),
    };
  }
}

interface MadeNode {
  readonly node: PlacedNode;
  readonly address: pulumi.Output<string>;
  readonly subnet: LabSubnet;
  readonly instance: LabInstance;
}

function interfaceOf(made: MadeNode | undefined): pulumi.Output<string> {
  return (made as MadeNode).instance.instance.primaryNetworkInterfaceId;
}

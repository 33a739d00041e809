import * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import type { HostRole } from "../host";
import type { HostConnection, ProxyConnection } from "../remote/connection";
import { shownError } from "../shownError";
import { renderCloudConfig } from "./cloudConfig";
import { latestImage, type MachineImage } from "./machineImage";
import { networkDefaults } from "./networkDefaults";
import { SshKeyPair } from "./SshKeyPair";
import { named, type Tags } from "./tags";

/** The key pair that logs in to machines. */
export interface LoginKey {
  /** Name of the EC2 key pair. */
  readonly keyName: pulumi.Input<string>;
  /** PEM text of its private half. */
  readonly privateKey: pulumi.Input<string>;
}

export interface LabInstanceArgs {
  /** Hostname, and the name of the host; its `Name` tag too, unless `tags` have one. */
  readonly hostname: pulumi.Input<string>;
  /** Passed on in `host`. Plain, as in every list of hosts: it decides which steps a host goes through. @default worker */
  readonly role?: HostRole;
  /** Pods of this host get their addresses from here; passed on in `host`. Workers only. @default none */
  readonly podCidr?: pulumi.Input<string>;
  /** Subnet that it is in. */
  readonly subnetId: pulumi.Input<string>;
  /** Private IPv4 address in the subnet; it stays when the instance is replaced. */
  readonly address: pulumi.Input<string>;
  /** What it may be reached by. */
  readonly securityGroupIds: pulumi.Input<pulumi.Input<string>[]>;
  /** The key pair that logs in. */
  readonly loginKey: LoginKey;
  /** EC2 instance type, of the image's architecture. @default t3.small */
  readonly instanceType?: pulumi.Input<string>;
  /** @default the newest official Debian 13 for amd64 */
  readonly image?: MachineImage;
  /** Size of the root volume in GiB. @default 16 */
  readonly rootVolumeGiB?: pulumi.Input<number>;
  /**
   * Size in GiB of a second, empty and encrypted volume, e.g. for a snapshotter's store; 0 for none. Plain: it decides
   * whether there is one.
   *
   * @default 0
   */
  readonly dataVolumeGiB?: number;
  /**
   * Whether it gets a public address; without one it needs a bastion or a way into the VPC. A machine keeps what it was
   * launched with when this becomes true later. Plain: it decides which of its addresses is connected to.
   *
   * @default true
   */
  readonly publicAddress?: boolean;
  /** Port of SSH at the address that is connected to. @default 22 */
  readonly sshPort?: pulumi.Input<number>;
  /**
   * A machine to log in through, to the private address. Pin its `hostKey` too.
   *
   * @default none
   */
  readonly bastion?: pulumi.Input<ProxyConnection>;
  /** Changing it replaces the SSH host key, and with it the instance. @default "1" */
  readonly hostKeyRotation?: pulumi.Input<string>;
  /** Tags of the instance; `Name` is set where they have none. @default none */
  readonly tags?: Tags;
}

/** An instance in the form that the other components take: its `connection` and `address` are their arguments. */
export interface InstanceHost {
  readonly name: pulumi.Input<string>;
  readonly role: HostRole;
  /** Private IPv4 address. */
  readonly address: pulumi.Output<string>;
  readonly podCidr?: pulumi.Input<string>;
  /** How to log in to it; its host key is pinned. */
  readonly connection: HostConnection;
}

/**
 * An EC2 instance that can become a node: a fixed private address, no source/destination check so that it may forward
 * its pods' packets, metadata by IMDSv2 only, an encrypted root volume, and an SSH host key that the program made and
 * cloud-init installs at the first boot, so that no connection ever trusts an unknown key.
 *
 * It is removed before its replacement is made, because both have the same private address. Components that work on it
 * should have the option `deletedWith: instance`: then they are not undone on a machine that is removed, and run again
 * on the new one. Ready means running, not booted: `ReachableHost` waits for SSH.
 *
 * `customTimeouts` and `ignoreChanges` are those of the instance.
 *
 * A machine that was stopped is neither replaced nor started: with a public address, the program ends with an error
 * that names it once a refresh has seen that the address is gone.
 */
export class LabInstance extends pulumi.ComponentResource {
  readonly instance: ec2.Instance;
  /** Its id. */
  readonly instanceId: pulumi.Output<string>;
  /** Id of its network interface, for `VpcPodRoutes`. */
  readonly networkInterfaceId: pulumi.Output<string>;
  /** It as other components take it: its `connection` and `address` are their arguments. */
  readonly host: InstanceHost;
  /** Its SSH host key, one line. */
  readonly hostKey: pulumi.Output<string>;

  constructor(name: string, args: LabInstanceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:index:LabInstance", name, visible(args), opts);
    const { hostname, podCidr, publicAddress = networkDefaults.publicAddresses, bastion } = args;
    const image = args.image ?? latestImage(networkDefaults.os, networkDefaults.architecture, { parent: this });
    const hostKey = new SshKeyPair(`${name}-host-key`, { rotation: args.hostKeyRotation }, { parent: this });
    this.hostKey = hostKey.publicKey;
    const userData = pulumi
      .all([hostname, hostKey.privateKey, hostKey.publicKey])
      .apply(([name, privateKey, publicKey]) =>
        renderCloudConfig({ hostname: name, hostKey: { privateKey, publicKey } }),
      );

    this.instance = new ec2.Instance(
      name,
      {
        ami: image.id,
        instanceType: args.instanceType ?? networkDefaults.instanceType,
        keyName: args.loginKey.keyName,
        subnetId: args.subnetId,
        privateIp: args.address,
        associatePublicIpAddress: publicAddress,
        // AWS drops what an instance forwards unless the check is off.
        sourceDestCheck: false,
        vpcSecurityGroupIds: args.securityGroupIds,
        // One hop: the metadata, and in them the user data, stay out of reach for pods behind a bridge.
        metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
        rootBlockDevice: {
          encrypted: true,
          volumeSize: args.rootVolumeGiB ?? networkDefaults.rootVolumeGiB,
          volumeType: "gp3",
          deleteOnTermination: true,
        },
        ...dataVolume(args.dataVolumeGiB ?? networkDefaults.dataVolumeGiB),
        // Secret: the host's private key is in it.
        userData: pulumi.secret(userData),
        userDataReplaceOnChange: true,
        tags: named(args.tags, hostname),
      },
      {
        parent: this,
        dependsOn: opts?.dependsOn,
        replaceWith: opts?.replaceWith,
        deleteBeforeReplace: true,
        ignoreChanges: [
          ...(image.pinned ? [] : ["ami"]),
          // The official plugin reads a stopped machine as one without a public address, and would replace it
          // (terraform-provider-aws issues 33775 and 37238).
          ...(publicAddress ? ["associatePublicIpAddress"] : []),
          ...(opts?.ignoreChanges ?? []),
        ],
        customTimeouts: opts?.customTimeouts,
      },
    );
    this.instanceId = this.instance.id;
    this.networkInterfaceId = this.instance.primaryNetworkInterfaceId;
    this.host = {
      name: hostname,
      role: args.role ?? "worker",
      // From the instance, so that what uses it comes after the instance.
      address: this.instance.privateIp,
      ...(podCidr === undefined ? {} : { podCidr }),
      connection: {
        host: publicAddress && bastion === undefined ? publicIpOf(hostname, this.instance) : this.instance.privateIp,
        port: args.sshPort ?? networkDefaults.sshPort,
        user: image.user,
        privateKey: pulumi.secret(args.loginKey.privateKey),
        hostKey: this.hostKey,
        ...(bastion === undefined ? {} : { proxy: bastion }),
      },
    };
    this.registerOutputs({ instanceId: this.instance.id, hostKey: this.hostKey });
  }
}

/** @throws pulumi.RunError where there is none, before a step tries to reach a host without a name */
function publicIpOf(hostname: pulumi.Input<string>, { id, publicIp }: ec2.Instance): pulumi.Output<string> {
  return pulumi.all([hostname, id, publicIp]).apply(([name, instanceId, address]) => {
    if (address !== "") return address;
    throw shownError(
      `${name} (${instanceId}) has no public address. If it is stopped, start it (aws ec2 start-instances ` +
        `--instance-ids ${instanceId}; ./hardway start on the embedded EC2) and run pulumi up --refresh. If it runs, it was ` +
        `launched without one: pulumi destroy --target its URN --target-dependents, then pulumi up, makes a new one.`,
    );
  });
}

/**
 * EC2's first name for a further volume; the machine has names of its own (EC2 user guide, "Device names for volumes").
 */
function dataVolume(volumeSize: number) {
  if (volumeSize === 0) return {};
  const volume = { deviceName: "/dev/sdf", encrypted: true, volumeSize, volumeType: "gp3", deleteOnTermination: true };
  return { ebsBlockDevices: [volume] };
}

/**
 * What the state and policies see of the component itself: no credentials, and nothing that it would have to wait for
 * before its host key is made.
 */
function visible({
  loginKey: _key,
  bastion: _bastion,
  subnetId: _subnet,
  securityGroupIds: _groups,
  ...args
}: LabInstanceArgs) {
  return args;
}

import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  ImportKeyPairCommand,
  RunInstancesCommand,
  type EC2Client,
  type Image,
  type Instance,
} from "@aws-sdk/client-ec2";
import { ec2Client } from "../cli/engine/ec2Client";
import { embeddedEc2 } from "../cli/lab/cloud";
import type { KeyLogin } from "../cli/ssh/login";
import { SshSession } from "../cli/ssh/session";
import type { CloudStatus } from "../cloud/daemon/control";
import { machineUser } from "../cloud/daemon/guest";
import { sshPort } from "../cloud/daemon/publicAddress";
import { generateKeyPair, type OpenSshKeyPair } from "../cloud/machines/identity";
import { renderCloudConfig } from "../components/network/cloudConfig";
import type { TestState } from "../tests/support/hardwayCli";

const keyName = "bench";
/** One CPU and 1 GiB, as the lab's own machines. */
const instanceType = "t2.micro";
/** The default of the lab's own machines. */
const rootVolumeGiB = 16;
const launchLimitMs = 20 * 60_000;

/** An instance that answers on SSH. */
export interface CloudMachine {
  readonly name: string;
  /** Inside the VPC. */
  readonly address: string;
  readonly access: KeyLogin;
}

/** Instances in a separate VPC, launched through the embedded EC2's API as by any client. They end with their state folder. */
export class CloudMachines {
  private constructor(
    private readonly state: TestState,
    private readonly ec2: EC2Client,
    private readonly vpcId: string,
    private readonly image: Image,
    private readonly login: OpenSshKeyPair,
  ) {}

  static async open(state: TestState): Promise<CloudMachines> {
    const ec2 = ec2Client(embeddedEc2(await state.cloud.ensure()));
    const login = generateKeyPair(keyName);
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.240.0.0/16" }));
    await ec2.send(new ImportKeyPairCommand({ KeyName: keyName, PublicKeyMaterial: Buffer.from(login.publicKey) }));
    const { Images } = await ec2.send(
      new DescribeImagesCommand({ Filters: [{ Name: "name", Values: ["debian-13-*"] }] }),
    );
    return new CloudMachines(state, ec2, some(Vpc?.VpcId), some(Images?.[0]), login);
  }

  close(): void {
    this.ec2.destroy();
  }

  async subnet(cidr: string): Promise<string> {
    const { Subnet } = await this.ec2.send(new CreateSubnetCommand({ VpcId: this.vpcId, CidrBlock: cidr }));
    return some(Subnet?.SubnetId);
  }

  /** The daemon's status. */
  async status(): Promise<CloudStatus> {
    return some(await this.state.cloud.status());
  }

  async launch(name: string, subnetId: string, address: string): Promise<CloudMachine> {
    const hostKey = generateKeyPair(name);
    let host = "";
    const access = (): KeyLogin => ({
      host,
      port: sshPort,
      user: machineUser,
      privateKey: this.login.privateKey,
      hostKey: hostKey.publicKey,
    });
    const { Instances } = await this.ec2.send(
      new RunInstancesCommand({
        ImageId: this.image.ImageId,
        InstanceType: instanceType,
        KeyName: keyName,
        BlockDeviceMappings: [{ DeviceName: this.image.RootDeviceName, Ebs: { VolumeSize: rootVolumeGiB } }],
        MinCount: 1,
        MaxCount: 1,
        UserData: Buffer.from(renderCloudConfig({ hostname: name, hostKey })).toString("base64"),
        NetworkInterfaces: [
          { DeviceIndex: 0, SubnetId: subnetId, PrivateIpAddress: address, AssociatePublicIpAddress: true },
        ],
      }),
    );
    host = some((await this.running(some(Instances?.[0]?.InstanceId))).PublicIpAddress);
    (await SshSession.connect(access())).close();
    return { name, address, access: access() };
  }

  private async running(id: string): Promise<Instance> {
    const deadline = Date.now() + launchLimitMs;
    for (;;) {
      const { Reservations } = await this.ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
      const instance = some(Reservations?.[0]?.Instances?.[0]);
      const state = instance.State?.Name;
      if (state === "running") return instance;
      if (state !== "pending")
        throw new Error(`${id} is ${state}: ${instance.StateReason?.Message ?? "no reason is known"}`);
      if (Date.now() > deadline) throw new Error(`${id} did not run within ${launchLimitMs / 60_000} minutes`);
      await sleep(250);
    }
  }
}

function some<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("EC2 did not answer what was asked for");
  return value;
}

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { EC2, EC2ServiceException } from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { Ec2Api, type AccessKey } from "../../../cloud/api/Ec2Api";
import type { NetworkConfig } from "../../../cloud/fabric/network";
import { testKey } from "../../support/signing";
import { FakeDriver } from "./FakeDriver";

export const image = "ami-0bbbbbbbbbbbbbbbb";

/** An API with a fake driver, and an SDK's client of it. */
export class TestCloud {
  readonly networks: NetworkConfig[] = [];
  readonly log: string[] = [];
  /** What its API is asked with; another one counts from the next start. */
  accessKey: AccessKey = testKey;
  private now: number | undefined;

  private constructor(
    readonly folder: string,
    readonly driver: FakeDriver,
  ) {}

  api!: Ec2Api;
  ec2!: EC2;
  url!: string;

  static async start(): Promise<TestCloud> {
    const cloud = new TestCloud(await mkdtemp(path.join(tmpdir(), "hardway-ec2-")), new FakeDriver());
    await cloud.open();
    return cloud;
  }

  get stateFile(): string {
    return path.join(this.folder, "ec2.json");
  }

  async open(): Promise<void> {
    this.api = await Ec2Api.open({
      stateFile: this.stateFile,
      driver: this.driver,
      accessKey: this.accessKey,
      onNetwork: (network) => this.networks.push(network),
      log: (line) => this.log.push(line),
      now: () => this.now ?? Date.now(),
    });
    this.url = (await this.api.listen({ host: "127.0.0.1", port: 0 })).url;
    this.ec2 = new EC2({
      region: "us-east-1",
      endpoint: this.url,
      credentials: this.accessKey,
      maxAttempts: 1,
    });
    // The SDK would follow the Date of the answers, which is this computer's.
    Object.defineProperty(this.ec2.config, "systemClockOffset", {
      get: () => (this.now ?? Date.now()) - Date.now(),
      set: () => {},
    });
  }

  /** As when the daemon ends and starts again. */
  async restart(): Promise<void> {
    await this.close();
    await this.open();
  }

  private async close(): Promise<void> {
    this.ec2.destroy();
    await this.api.close();
  }

  /** Milliseconds by which the API's clock is set forward. */
  advance(ms: number): void {
    this.now = (this.now ?? Date.now()) + ms;
  }

  async end(): Promise<void> {
    await this.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  async vpc(cidr = "10.240.0.0/16"): Promise<string> {
    return some((await this.ec2.createVpc({ CidrBlock: cidr })).Vpc?.VpcId);
  }

  async subnet(vpcId: string, cidr = "10.240.0.0/24", zone = "us-east-1a"): Promise<string> {
    const { Subnet: subnet } = await this.ec2.createSubnet({ VpcId: vpcId, CidrBlock: cidr, AvailabilityZone: zone });
    return some(subnet?.SubnetId);
  }

  async gateway(vpcId: string): Promise<string> {
    const { InternetGateway: gateway } = await this.ec2.createInternetGateway();
    const id = some(gateway?.InternetGatewayId);
    await this.ec2.attachInternetGateway({ InternetGatewayId: id, VpcId: vpcId });
    return id;
  }

  async table(vpcId: string): Promise<string> {
    return some((await this.ec2.createRouteTable({ VpcId: vpcId })).RouteTable?.RouteTableId);
  }

  async group(vpcId: string, name = "lab"): Promise<string> {
    return some((await this.ec2.createSecurityGroup({ VpcId: vpcId, GroupName: name, Description: name })).GroupId);
  }

  /** A running instance and its network interface. */
  async instance(
    subnetId: string,
    more: Omit<Partial<Parameters<EC2["runInstances"]>[0]>, "SubnetId"> = {},
  ): Promise<{ id: string; eni: string }> {
    const { Instances: [instance] = [] } = await this.ec2.runInstances({
      ImageId: image,
      InstanceType: "t3.micro",
      SubnetId: subnetId,
      MinCount: 1,
      MaxCount: 1,
      ...more,
    });
    const id = some(instance?.InstanceId);
    if (!this.driver.hold && this.driver.startError === undefined) await this.becomes(id, "running");
    return { id, eni: some(instance?.NetworkInterfaces?.[0]?.NetworkInterfaceId) };
  }

  async describe(id: string) {
    const { Reservations: [reservation] = [] } = await this.ec2.describeInstances({ InstanceIds: [id] });
    return some(reservation?.Instances?.[0]);
  }

  async becomes(id: string, state: string): Promise<void> {
    await eventually(async () => expect((await this.describe(id)).State?.Name).to.equal(state));
  }
}

export function some<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("A value was expected");
  return value;
}

/** The error code, status and message with which EC2 answers. */
export async function refused(call: Promise<unknown>): Promise<{ code: string; message: string; status: number }> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof EC2ServiceException)) throw error;
    return { code: error.name, message: error.message, status: error.$metadata.httpStatusCode ?? 0 };
  }
  throw new Error("EC2 did not refuse the call");
}

export async function codeOf(call: Promise<unknown>): Promise<string> {
  return (await refused(call)).code;
}

/** Tries again until `check` passes, for at most five seconds. */
export async function eventually(check: () => unknown): Promise<void> {
  const end = Date.now() + 5000;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

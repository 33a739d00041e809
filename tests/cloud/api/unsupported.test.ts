import type { RunInstancesCommandInput } from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { image, refused, some, TestCloud } from "./support";

describe("EC2 API: what is not there", () => {
  let cloud: TestCloud;
  let vpc: string;
  let subnet: string;
  before(async () => {
    cloud = await TestCloud.start();
    vpc = await cloud.vpc();
    subnet = await cloud.subnet(vpc);
  });
  after(() => cloud.end());

  const launch = (more: Partial<RunInstancesCommandInput>) =>
    cloud.ec2.runInstances({
      ...{ ImageId: image, InstanceType: "t3.micro", MinCount: 1, MaxCount: 1, SubnetId: subnet },
      ...more,
    });
  const card = (more: NonNullable<RunInstancesCommandInput["NetworkInterfaces"]>[number]) => ({
    SubnetId: undefined,
    NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: subnet, ...more }],
  });
  const disk = (Ebs: object, DeviceName = "/dev/sdb") => ({
    BlockDeviceMappings: [{ DeviceName, Ebs: { VolumeSize: 10, ...Ebs } }],
  });

  it("is refused by its name when a launch asks for it, and nothing is launched", async () => {
    for (const [more, name] of [
      [{ IamInstanceProfile: { Name: "p" } }, "IamInstanceProfile"],
      [{ InstanceMarketOptions: { MarketType: "spot" } }, "InstanceMarketOptions"],
      [{ CpuOptions: { CoreCount: 1, ThreadsPerCore: 1 } }, "CpuOptions"],
      [{ CpuOptions: { AmdSevSnp: "enabled" } }, "CpuOptions.AmdSevSnp"],
      [{ HibernationOptions: { Configured: true } }, "HibernationOptions.Configured"],
      [{ EnclaveOptions: { Enabled: true } }, "EnclaveOptions.Enabled"],
      [{ PrivateDnsNameOptions: { HostnameType: "resource-name" } }, "PrivateDnsNameOptions.HostnameType"],
      [{ MaintenanceOptions: { AutoRecovery: "disabled" } }, "MaintenanceOptions.AutoRecovery"],
      [
        { CapacityReservationSpecification: { CapacityReservationPreference: "none" } },
        "CapacityReservationSpecification.CapacityReservationPreference",
      ],
      [{ Placement: { Tenancy: "dedicated" } }, "Placement.Tenancy"],
      [{ Placement: { GroupName: "g" } }, "Placement.GroupName"],
      [{ Placement: { HostId: "h-0123456789abcdef0" } }, "Placement.HostId"],
      [{ Ipv6AddressCount: 1 }, "Ipv6AddressCount"],
      [card({ Ipv6AddressCount: 1 }), "NetworkInterface.1.Ipv6AddressCount"],
      [card({ InterfaceType: "efa" }), "NetworkInterface.1.InterfaceType"],
      [card({ PrivateIpAddresses: [{ PrivateIpAddress: "10.240.0.99" }] }), "one private address"],
      [card({ SecondaryPrivateIpAddressCount: 1 }), "NetworkInterface.1.SecondaryPrivateIpAddressCount"],
      [disk({ KmsKeyId: "k" }), "BlockDeviceMapping.1.Ebs.KmsKeyId"],
      [disk({ DeleteOnTermination: false }), "BlockDeviceMapping.1.Ebs.DeleteOnTermination"],
      [{ BlockDeviceMappings: [{ DeviceName: "/dev/sdb", VirtualName: "ephemeral0" }] }, "VirtualName"],
      [disk({ SnapshotId: "snap-0123456789abcdef0" }, "/dev/xvda"), "snapshots"],
      [{ LaunchTemplate: { LaunchTemplateId: "lt-0123456789abcdef0" } }, "LaunchTemplate"],
      [{ KernelId: "aki-01234567" }, "KernelId"],
    ] as const) {
      const { code, message } = await refused(launch(more as Partial<RunInstancesCommandInput>));
      expect([code, message], name).to.satisfy(
        ([code_, text]: [string, string]) => code_ === "UnsupportedOperation" && text.includes(name),
        `${code} ${message}`,
      );
    }
    expect(cloud.api.instances()).to.deep.equal([]);
  });

  it("may be said not to be wanted, as the official provider does", async () => {
    const { Instances: [made] = [] } = await launch({
      ...card({ InterfaceType: "interface", Ipv6AddressCount: 0, NetworkCardIndex: 0 }),
      ...disk({ DeleteOnTermination: true }),
      Placement: { AvailabilityZone: "us-east-1a", Tenancy: "default" },
      CpuOptions: { CoreCount: 1, ThreadsPerCore: 2 },
      HibernationOptions: { Configured: false },
      EnclaveOptions: { Enabled: false },
      MaintenanceOptions: { AutoRecovery: "default" },
      CapacityReservationSpecification: { CapacityReservationPreference: "open" },
      PrivateDnsNameOptions: { HostnameType: "ip-name", EnableResourceNameDnsARecord: false },
    });
    expect(made?.CpuOptions).to.deep.equal({ CoreCount: 1, ThreadsPerCore: 2 });
    await cloud.becomes(some(made?.InstanceId), "running");
  });

  it("is refused by its name wherever else it is asked for", async () => {
    const { ec2 } = cloud;
    const { id } = await cloud.instance(subnet);
    const table = await cloud.table(vpc);
    for (const [call, name] of [
      [ec2.createSubnet({ VpcId: vpc, CidrBlock: "10.240.9.0/24", Ipv6Native: true }), "Ipv6Native"],
      [ec2.createSubnet({ VpcId: vpc, CidrBlock: "10.240.9.0/24", Ipv6CidrBlock: "2001:db8::/64" }), "Ipv6CidrBlock"],
      [ec2.createVpc({ CidrBlock: "10.9.0.0/16", Ipv4IpamPoolId: "ipam-pool-1" }), "Ipv4IpamPoolId"],
      [ec2.createVpc({ CidrBlock: "10.9.0.0/16", InstanceTenancy: "dedicated" }), "InstanceTenancy"],
      [ec2.createVpc({ CidrBlock: "10.9.0.0/16", AmazonProvidedIpv6CidrBlock: true }), "AmazonProvidedIpv6CidrBlock"],
      [ec2.allocateAddress({ Address: "192.0.2.1" }), "Address"],
      [ec2.modifyInstanceAttribute({ InstanceId: id, Kernel: { Value: "aki-1" } }), "Kernel"],
      [ec2.createNetworkInterface({ SubnetId: subnet, Ipv6AddressCount: 1 }), "Ipv6AddressCount"],
      [ec2.createNetworkInterface({ SubnetId: subnet, InterfaceType: "efa" }), "InterfaceType"],
      [ec2.createRoute({ RouteTableId: table, DestinationIpv6CidrBlock: "::/0" }), "DestinationIpv6CidrBlock"],
      [
        ec2.createRoute({ RouteTableId: table, DestinationCidrBlock: "10.9.0.0/24", NatGatewayId: "nat-1" }),
        "NatGatewayId",
      ],
      [ec2.modifySubnetAttribute({ SubnetId: subnet, EnableDns64: { Value: true } }), "EnableDns64.Value"],
      [ec2.stopInstances({ InstanceIds: [id], Hibernate: true }), "Hibernate"],
      [ec2.createKeyPair({ KeyName: "k", KeyFormat: "ppk" }), "KeyFormat"],
    ] as const) {
      const { code, message } = await refused(call);
      expect(code, name).to.equal("UnsupportedOperation");
      expect(message).to.match(new RegExp(`parameter ${name}\\.$`));
    }
    expect((await ec2.describeKeyPairs()).KeyPairs).to.deep.equal([]);
    expect((await ec2.describeSubnets()).Subnets).to.have.length(1);
  });

  it("is not a volume or a credit that EC2 does not have either", async () => {
    for (const [more, expected] of [
      [disk({ VolumeType: "foo" }), "InvalidParameterValue"],
      [disk({ Iops: -5 }), "InvalidParameterValue"],
      [disk({ Iops: 2999 }), "InvalidParameterValue"],
      [disk({ VolumeType: "io1" }), "InvalidParameterValue"],
      [disk({ VolumeType: "io1", Iops: 501 }), "InvalidParameterValue"],
      [disk({ VolumeType: "gp2", Iops: 3000 }), "InvalidParameterCombination"],
      [disk({ VolumeType: "io2", Iops: 100, Throughput: 125 }), "InvalidParameterCombination"],
      [disk({ Throughput: 2001 }), "InvalidParameterValue"],
      [disk({ VolumeSize: 102_400 }, "/dev/xvda"), "InvalidParameterValue"],
      [disk({ VolumeSize: 99_999_999 }, "/dev/xvda"), "InvalidParameterValue"],
      [disk({ VolumeSize: 125, VolumeType: "st1" }, "/dev/xvda"), "InvalidParameterValue"],
      [{ CreditSpecification: { CpuCredits: "foo" } }, "InvalidCpuCredits"],
      [{ InstanceType: "m5.large", CreditSpecification: { CpuCredits: "standard" } }, "InvalidParameterCombination"],
      [{ InstanceInitiatedShutdownBehavior: "Stop" }, "InvalidParameterValue"],
      [{ InstanceInitiatedShutdownBehavior: "hibernate" }, "InvalidParameterValue"],
    ] as const) {
      const { code } = await refused(launch(more as Partial<RunInstancesCommandInput>));
      expect(code, JSON.stringify(more)).to.equal(expected);
    }
    const { Instances: [made] = [] } = await launch(disk({ VolumeType: "io1", Iops: 500 }));
    const volumeId = made?.BlockDeviceMappings?.[1]?.Ebs?.VolumeId;
    const { Volumes: [volume] = [] } = await cloud.ec2.describeVolumes({ VolumeIds: [some(volumeId)] });
    expect([volume?.VolumeType, volume?.Iops, volume?.Throughput]).to.deep.equal(["io1", 500, undefined]);
  });

  it("is what an existing network interface has settled, when a launch settles it anew", async () => {
    const { NetworkInterface: made } = await cloud.ec2.createNetworkInterface({ SubnetId: subnet });
    const NetworkInterfaceId = some(made?.NetworkInterfaceId);
    for (const more of [{ Description: "d" }, { PrivateIpAddress: "10.240.0.77" }, { DeleteOnTermination: true }]) {
      const wish = { NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId, ...more }], SubnetId: undefined };
      expect((await refused(launch(wish))).code).to.equal("InvalidParameterCombination");
    }
    const wish = { NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId, DeleteOnTermination: false }] };
    const { Instances: [instance] = [] } = await launch({ ...wish, SubnetId: undefined });
    expect(instance?.PrivateIpAddress).to.equal(made?.PrivateIpAddress);
  });
});

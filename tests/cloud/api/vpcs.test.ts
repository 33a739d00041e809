import { expect } from "chai";
import { codeOf, image, refused, some, TestCloud } from "./support";

describe("EC2 API: VPCs, subnets and gateways", () => {
  let cloud: TestCloud;
  beforeEach(async () => {
    cloud = await TestCloud.start();
  });
  afterEach(() => cloud.end());

  it("makes a VPC with its main route table, default security group and network ACL", async () => {
    const { ec2 } = cloud;
    const { Vpc: vpc } = await ec2.createVpc({
      CidrBlock: "10.240.7.9/16",
      TagSpecifications: [{ ResourceType: "vpc", Tags: [{ Key: "Name", Value: "lab <&> 'é'" }] }],
    });
    const vpcId = some(vpc?.VpcId);
    expect(vpcId).to.match(/^vpc-[0-9a-f]{17}$/);
    expect(vpc?.State).to.equal("pending");
    const { Vpcs: [seen] = [] } = await ec2.describeVpcs({ VpcIds: [vpcId] });
    expect(seen).to.deep.include({ CidrBlock: "10.240.0.0/16", State: "available", IsDefault: false });
    expect(seen?.Tags).to.deep.equal([{ Key: "Name", Value: "lab <&> 'é'" }]);

    const { RouteTables: [main] = [] } = await ec2.describeRouteTables({
      Filters: [
        { Name: "vpc-id", Values: [vpcId] },
        { Name: "association.main", Values: ["true"] },
      ],
    });
    expect(main?.Associations).to.have.length(1);
    expect(main?.Associations?.[0]).to.deep.include({ Main: true, RouteTableId: main?.RouteTableId });
    expect(main?.Routes).to.deep.equal([
      { DestinationCidrBlock: "10.240.0.0/16", GatewayId: "local", Origin: "CreateRouteTable", State: "active" },
    ]);
    const { SecurityGroups: [group] = [] } = await ec2.describeSecurityGroups({
      Filters: [{ Name: "group-name", Values: ["default"] }],
    });
    expect(group?.Description).to.equal("default VPC security group");
    expect(group?.IpPermissions?.[0]?.UserIdGroupPairs?.[0]?.GroupId).to.equal(group?.GroupId);
    const { NetworkAcls: acls = [] } = await ec2.describeNetworkAcls({
      Filters: [{ Name: "default", Values: ["true"] }],
    });
    expect(acls.map((acl) => [acl.VpcId, acl.Entries?.length])).to.deep.equal([[vpcId, 4]]);

    const { SecurityGroupRules: rules = [] } = await ec2.describeSecurityGroupRules();
    const Resources = [main?.RouteTableId, group?.GroupId, acls[0]?.NetworkAclId, rules[0]?.SecurityGroupRuleId].map(
      some,
    );
    await ec2.createTags({ Resources, Tags: [{ Key: "a", Value: "b" }] });

    await ec2.deleteVpc({ VpcId: vpcId });
    expect((await ec2.describeTags()).Tags).to.deep.equal([]);
    expect(cloud.api.network()).to.deep.equal({ vpcs: [] });
    expect(cloud.api.isEmpty()).to.equal(true);
    expect((await ec2.describeRouteTables()).RouteTables).to.deep.equal([]);
  });

  it("keeps a VPC's attributes", async () => {
    const VpcId = await cloud.vpc();
    const attributes = async () => {
      const support = await cloud.ec2.describeVpcAttribute({ VpcId, Attribute: "enableDnsSupport" });
      const names = await cloud.ec2.describeVpcAttribute({ VpcId, Attribute: "enableDnsHostnames" });
      return [support.EnableDnsSupport?.Value, names.EnableDnsHostnames?.Value];
    };
    expect(await attributes()).to.deep.equal([true, false]);
    await cloud.ec2.modifyVpcAttribute({ VpcId, EnableDnsHostnames: { Value: true } });
    await cloud.ec2.modifyVpcAttribute({ VpcId, EnableDnsSupport: { Value: false } });
    expect(await attributes()).to.deep.equal([false, true]);
  });

  it("refuses CIDRs as AWS does", async () => {
    const { ec2 } = cloud;
    for (const [cidr, code] of [
      ["10.0.0.0/15", "InvalidVpc.Range"],
      ["10.0.0.0/29", "InvalidVpc.Range"],
      ["10.0.0/16", "InvalidParameterValue"],
      ["10.0.0.256/16", "InvalidParameterValue"],
    ] as const) {
      expect(await codeOf(ec2.createVpc({ CidrBlock: cidr })), cidr).to.equal(code);
    }
    const VpcId = await cloud.vpc();
    await cloud.subnet(VpcId, "10.240.0.0/24");
    for (const [cidr, code] of [
      ["10.241.0.0/24", "InvalidSubnet.Range"],
      ["10.240.1.0/29", "InvalidSubnet.Range"],
      ["10.240.0.128/25", "InvalidSubnet.Conflict"],
      ["10.240.0.0/20", "InvalidSubnet.Conflict"],
    ] as const) {
      expect(await codeOf(ec2.createSubnet({ VpcId, CidrBlock: cidr })), cidr).to.equal(code);
    }
    const wrongZone = ec2.createSubnet({ VpcId, CidrBlock: "10.240.1.0/24", AvailabilityZone: "us-east-1z" });
    expect(await codeOf(wrongZone)).to.equal("InvalidParameterValue");
  });

  it("says what is missing and what is no id", async () => {
    const { ec2 } = cloud;
    const absent = "0123456789abcdef0";
    const answers = await Promise.all([
      refused(ec2.describeVpcs({ VpcIds: [`vpc-${absent}`] })),
      refused(ec2.describeSubnets({ SubnetIds: [`subnet-${absent}`] })),
      refused(ec2.describeRouteTables({ RouteTableIds: [`rtb-${absent}`] })),
      refused(ec2.describeInternetGateways({ InternetGatewayIds: [`igw-${absent}`] })),
      refused(ec2.describeSecurityGroups({ GroupIds: [`sg-${absent}`] })),
      refused(ec2.describeInstances({ InstanceIds: [`i-${absent}`, "i-12345678"] })),
      refused(ec2.describeNetworkInterfaces({ NetworkInterfaceIds: [`eni-${absent}`] })),
      refused(ec2.describeVolumes({ VolumeIds: [`vol-${absent}`] })),
      refused(ec2.describeKeyPairs({ KeyNames: ["none"] })),
      refused(ec2.describeImages({ ImageIds: [`ami-${absent}`] })),
      refused(ec2.describeInstances({ InstanceIds: ["i-__proto__"] })),
      refused(ec2.deleteVpc({ VpcId: "constructor" })),
    ]);
    expect(answers.map(({ code }) => code)).to.deep.equal([
      "InvalidVpcID.NotFound",
      "InvalidSubnetID.NotFound",
      "InvalidRouteTableID.NotFound",
      "InvalidInternetGatewayID.NotFound",
      "InvalidGroup.NotFound",
      "InvalidInstanceID.NotFound",
      "InvalidNetworkInterfaceID.NotFound",
      "InvalidVolume.NotFound",
      "InvalidKeyPair.NotFound",
      "InvalidAMIID.NotFound",
      "InvalidInstanceID.Malformed",
      "InvalidVpcID.Malformed",
    ]);
    expect(answers[0]?.message).to.equal(`The vpc ID 'vpc-${absent}' does not exist`);
    expect(answers[5]?.message).to.equal(`The instance IDs 'i-${absent}, i-12345678' do not exist`);
    expect(answers.every(({ status }) => status === 400)).to.equal(true);
  });

  it("deletes nothing that something else depends on", async () => {
    const { ec2 } = cloud;
    const VpcId = await cloud.vpc();
    const SubnetId = await cloud.subnet(VpcId);
    const gateway = await cloud.gateway(VpcId);
    const table = await cloud.table(VpcId);
    const GroupId = await cloud.group(VpcId);
    const other = await cloud.group(VpcId, "other");
    const { AssociationId } = await ec2.associateRouteTable({ SubnetId, RouteTableId: table });
    await ec2.authorizeSecurityGroupIngress({
      GroupId: other,
      IpPermissions: [{ IpProtocol: "-1", UserIdGroupPairs: [{ GroupId }] }],
    });
    await ec2.modifySubnetAttribute({ SubnetId, MapPublicIpOnLaunch: { Value: true } });
    const { id } = await cloud.instance(SubnetId, { SecurityGroupIds: [other] });
    const violations = await Promise.all([
      codeOf(ec2.deleteVpc({ VpcId })),
      codeOf(ec2.deleteSubnet({ SubnetId })),
      codeOf(ec2.deleteRouteTable({ RouteTableId: table })),
      codeOf(ec2.deleteInternetGateway({ InternetGatewayId: gateway })),
      codeOf(ec2.detachInternetGateway({ InternetGatewayId: gateway, VpcId })),
      codeOf(ec2.deleteSecurityGroup({ GroupId })),
      codeOf(ec2.deleteSecurityGroup({ GroupId: other })),
    ]);
    expect(violations).to.deep.equal(violations.map(() => "DependencyViolation"));

    await ec2.terminateInstances({ InstanceIds: [id] });
    await cloud.becomes(id, "terminated");
    await ec2.deleteSubnet({ SubnetId });
    // The subnet's association went with it.
    expect(await codeOf(ec2.disassociateRouteTable({ AssociationId }))).to.equal("InvalidAssociationID.NotFound");
    expect(await codeOf(ec2.deleteVpc({ VpcId }))).to.equal("DependencyViolation");
    await ec2.deleteRouteTable({ RouteTableId: table });
    await ec2.detachInternetGateway({ InternetGatewayId: gateway, VpcId });
    await ec2.deleteInternetGateway({ InternetGatewayId: gateway });
    await ec2.deleteSecurityGroup({ GroupId: other });
    expect(await codeOf(ec2.deleteVpc({ VpcId }))).to.equal("DependencyViolation");
    await ec2.deleteSecurityGroup({ GroupId });
    await ec2.deleteVpc({ VpcId });
    expect(cloud.api.isEmpty()).to.equal(true);
  });

  it("attaches one gateway to one VPC", async () => {
    const { ec2 } = cloud;
    const VpcId = await cloud.vpc();
    const InternetGatewayId = await cloud.gateway(VpcId);
    const otherVpc = await cloud.vpc("10.1.0.0/16");
    const spare = some((await ec2.createInternetGateway()).InternetGateway?.InternetGatewayId);
    expect(await codeOf(ec2.attachInternetGateway({ InternetGatewayId, VpcId: otherVpc }))).to.equal(
      "Resource.AlreadyAssociated",
    );
    expect(await codeOf(ec2.attachInternetGateway({ InternetGatewayId: spare, VpcId }))).to.equal(
      "InvalidParameterValue",
    );
    expect(await codeOf(ec2.detachInternetGateway({ InternetGatewayId: spare, VpcId }))).to.equal(
      "Gateway.NotAttached",
    );
    const { InternetGateways: [seen] = [] } = await ec2.describeInternetGateways({
      Filters: [{ Name: "attachment.vpc-id", Values: [VpcId] }],
    });
    expect(seen?.Attachments).to.deep.equal([{ State: "available", VpcId }]);
  });

  it("counts a subnet's addresses and keeps five of them", async () => {
    const VpcId = await cloud.vpc();
    const SubnetId = await cloud.subnet(VpcId, "10.240.0.0/28");
    const free = async () =>
      (await cloud.ec2.describeSubnets({ SubnetIds: [SubnetId] })).Subnets?.[0]?.AvailableIpAddressCount;
    const create = async (PrivateIpAddress?: string) =>
      (
        await cloud.ec2.createNetworkInterface({
          SubnetId,
          ...(PrivateIpAddress === undefined ? {} : { PrivateIpAddress }),
        })
      ).NetworkInterface?.PrivateIpAddress;
    expect(await free()).to.equal(11);
    for (const [address, code] of [
      ["10.240.0.0", "InvalidParameterValue"],
      ["10.240.0.3", "InvalidParameterValue"],
      ["10.240.0.15", "InvalidParameterValue"],
      ["10.240.1.5", "InvalidParameterValue"],
      ["10.240.0.05", "InvalidParameterValue"],
    ] as const) {
      expect(await codeOf(create(address)), address).to.equal(code);
    }
    expect(await create("10.240.0.5")).to.equal("10.240.0.5");
    expect(await codeOf(create("10.240.0.5"))).to.equal("InvalidIPAddress.InUse");
    const made = await Promise.all(Array.from({ length: 10 }, () => create()));
    expect(new Set(made)).to.deep.equal(new Set([4, 6, 7, 8, 9, 10, 11, 12, 13, 14].map((last) => `10.240.0.${last}`)));
    expect(await free()).to.equal(0);
    expect(await codeOf(create())).to.equal("InsufficientFreeAddressesInSubnet");
    const { NetworkInterfaces: interfaces = [] } = await cloud.ec2.describeNetworkInterfaces();
    expect(new Set(interfaces.map((one) => one.MacAddress)).size).to.equal(11);
    expect(
      await codeOf(
        cloud.ec2.runInstances({ ImageId: image, InstanceType: "t3.micro", SubnetId, MinCount: 1, MaxCount: 1 }),
      ),
    ).to.equal("InsufficientFreeAddressesInSubnet");
  });
});

import { expect } from "chai";
import { codeOf, refused, some, TestCloud } from "./support";

describe("EC2 API: security groups", () => {
  let cloud: TestCloud;
  let VpcId: string;
  let GroupId: string;
  beforeEach(async () => {
    cloud = await TestCloud.start();
    VpcId = await cloud.vpc();
    GroupId = await cloud.group(VpcId);
  });
  afterEach(() => cloud.end());

  const group = async () => some((await cloud.ec2.describeSecurityGroups({ GroupIds: [GroupId] })).SecurityGroups?.[0]);
  const fabricGroup = () => cloud.api.network().vpcs[0]?.securityGroups.find(({ id }) => id === GroupId);

  it("begins with all egress and no ingress", async () => {
    const seen = await group();
    expect(seen.IpPermissions).to.deep.equal([]);
    expect(seen.IpPermissionsEgress).to.deep.equal([
      {
        IpProtocol: "-1",
        IpRanges: [{ CidrIp: "0.0.0.0/0" }],
        Ipv6Ranges: [],
        PrefixListIds: [],
        UserIdGroupPairs: [],
      },
    ]);
    await cloud.ec2.revokeSecurityGroupEgress({ GroupId, IpPermissions: seen.IpPermissionsEgress });
    expect((await group()).IpPermissionsEgress).to.deep.equal([]);
    expect(fabricGroup()?.egress).to.deep.equal([]);
  });

  it("answers rules with their ids, and takes them back by id or content", async () => {
    const { ec2 } = cloud;
    const { SecurityGroupRules: rules = [] } = await ec2.authorizeSecurityGroupIngress({
      GroupId,
      IpPermissions: [
        {
          IpProtocol: "6",
          FromPort: 22,
          ToPort: 22,
          IpRanges: [{ CidrIp: "192.0.2.1/32", Description: "SSH" }, { CidrIp: "198.51.100.0/24" }],
        },
        { IpProtocol: "-1", FromPort: 5, ToPort: 6, UserIdGroupPairs: [{ GroupId }] },
      ],
      TagSpecifications: [{ ResourceType: "security-group-rule", Tags: [{ Key: "Name", Value: "ssh" }] }],
    });
    expect(
      rules.map((rule) => [
        rule.IpProtocol,
        rule.FromPort,
        rule.ToPort,
        rule.CidrIpv4,
        rule.ReferencedGroupInfo?.GroupId,
      ]),
    ).to.deep.equal([
      ["tcp", 22, 22, "192.0.2.1/32", undefined],
      ["tcp", 22, 22, "198.51.100.0/24", undefined],
      ["-1", -1, -1, undefined, GroupId],
    ]);
    expect(
      (await group()).IpPermissions?.map((one) => [one.IpProtocol, one.FromPort, one.IpRanges?.length]),
    ).to.deep.equal([
      ["tcp", 22, 2],
      ["-1", undefined, 0],
    ]);
    const [ssh, office, own] = rules.map((rule) => some(rule.SecurityGroupRuleId));
    expect(fabricGroup()?.ingress).to.deep.equal([
      { id: ssh, protocol: "tcp", fromPort: 22, toPort: 22, peer: { cidr: "192.0.2.1/32" } },
      { id: office, protocol: "tcp", fromPort: 22, toPort: 22, peer: { cidr: "198.51.100.0/24" } },
      { id: own, protocol: "-1", fromPort: -1, toPort: -1, peer: { groupId: GroupId } },
    ]);
    const { SecurityGroupRules: tagged } = await ec2.describeSecurityGroupRules({
      Filters: [
        { Name: "group-id", Values: [GroupId] },
        { Name: "tag:Name", Values: ["ss?"] },
      ],
    });
    expect(tagged).to.have.length(3);

    await ec2.modifySecurityGroupRules({
      GroupId,
      SecurityGroupRules: [
        {
          SecurityGroupRuleId: ssh,
          SecurityGroupRule: { IpProtocol: "tcp", FromPort: 2222, ToPort: 2222, CidrIpv4: "192.0.2.1/32" },
        },
      ],
    });
    const { SecurityGroupRules: [changed] = [] } = await ec2.describeSecurityGroupRules({
      SecurityGroupRuleIds: [some(ssh)],
    });
    expect(changed).to.deep.include({ FromPort: 2222, IsEgress: false, GroupId });
    expect(changed?.Description).to.equal(undefined);

    await ec2.revokeSecurityGroupIngress({ GroupId, SecurityGroupRuleIds: [some(ssh), some(own)] });
    await ec2.revokeSecurityGroupIngress({
      GroupId,
      IpProtocol: "tcp",
      FromPort: 22,
      ToPort: 22,
      CidrIp: "198.51.100.0/24",
    });
    expect((await group()).IpPermissions).to.deep.equal([]);
  });

  it("refuses rules as AWS does, and then adds none of a request", async () => {
    const { ec2 } = cloud;
    const ssh = { IpProtocol: "tcp", FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: "10.0.0.0/8" }] };
    const authorize = (permission: object) =>
      ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions: [permission] });
    await authorize(ssh);
    const twice = await refused(
      ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions: [{ ...ssh, FromPort: 1, ToPort: 2 }, ssh] }),
    );
    expect(twice.code).to.equal("InvalidPermission.Duplicate");
    expect(twice.message).to.equal(
      'the specified rule "peer: 10.0.0.0/8, TCP, from port: 22, to port: 22, ALLOW" already exists',
    );
    expect((await group()).IpPermissions).to.have.length(1);
    expect(await codeOf(authorize({ ...ssh, FromPort: 30, ToPort: 20 }))).to.equal("InvalidParameterValue");
    expect(await codeOf(authorize({ IpProtocol: "tcp", IpRanges: ssh.IpRanges }))).to.equal("InvalidParameterValue");
    expect(await codeOf(authorize({ ...ssh, IpProtocol: "carrot" }))).to.equal("InvalidParameterValue");
    expect(await codeOf(authorize({ ...ssh, IpRanges: [{ CidrIp: "10.0.0.0/33" }] }))).to.equal(
      "InvalidParameterValue",
    );
    expect(await codeOf(authorize({ ...ssh, IpRanges: [] }))).to.equal("MissingParameter");
    expect(
      await codeOf(authorize({ IpProtocol: "-1", UserIdGroupPairs: [{ GroupId: "sg-0123456789abcdef0" }] })),
    ).to.equal("InvalidGroup.NotFound");
    const revoked = ec2.revokeSecurityGroupIngress({ GroupId, IpPermissions: [{ ...ssh, ToPort: 23 }] });
    expect(await codeOf(revoked)).to.equal("InvalidPermission.NotFound");
    const noRule = ec2.revokeSecurityGroupIngress({ GroupId, SecurityGroupRuleIds: ["sgr-0123456789abcdef0"] });
    expect(await codeOf(noRule)).to.equal("InvalidSecurityGroupRuleId.NotFound");
  });

  it("takes networks with their masks only, keeps them in canonical form and knows them again in another", async () => {
    const allow = (peer: object) =>
      cloud.ec2.authorizeSecurityGroupIngress({
        GroupId,
        IpPermissions: [{ IpProtocol: "tcp", FromPort: 1, ToPort: 2, ...peer }],
      });
    const v4 = (CidrIp: string) => allow({ IpRanges: [{ CidrIp }] });
    const v6 = (CidrIpv6: string) => allow({ Ipv6Ranges: [{ CidrIpv6 }] });
    for (const call of [v4("10.1.2.3"), v6("2001:db8::1"), v6("2001:db8::/129"), v6("::1%lo/128"), v4("010.0.0.0/8")]) {
      expect(await codeOf(call)).to.equal("InvalidParameterValue");
    }
    const { SecurityGroupRules: [rule] = [] } = await v6("2001:DB8:0:0:0:0:0:1/32");
    expect(rule?.CidrIpv6).to.equal("2001:db8::/32");
    expect(await codeOf(v6("2001:db8::/32"))).to.equal("InvalidPermission.Duplicate");
    expect((await v4("10.1.2.3/8")).SecurityGroupRules?.[0]?.CidrIpv4).to.equal("10.0.0.0/8");
    expect(await codeOf(v4("10.0.0.0/8"))).to.equal("InvalidPermission.Duplicate");
    expect((await v6("::/0")).SecurityGroupRules?.[0]?.CidrIpv6).to.equal("::/0");
  });

  it("takes all types of ICMP with all codes only, and knows a protocol's number in any form", async () => {
    const allow = (IpProtocol: string, FromPort: number, ToPort: number) =>
      cloud.ec2.authorizeSecurityGroupIngress({ GroupId, IpProtocol, FromPort, ToPort, CidrIp: "10.0.0.0/8" });
    for (const protocol of ["icmp", "1", "icmpv6"])
      expect(await codeOf(allow(protocol, -1, 5))).to.equal("InvalidParameterValue");
    await allow("icmp", -1, -1);
    await allow("icmp", 8, -1);
    await allow("tcp", 1, 2);
    expect(await codeOf(allow("006", 1, 2))).to.equal("InvalidPermission.Duplicate");
  });

  it("knows no group of another account, and none of another VPC", async () => {
    const allow = (pair: object) =>
      cloud.ec2.authorizeSecurityGroupIngress({
        GroupId,
        IpPermissions: [{ IpProtocol: "-1", UserIdGroupPairs: [{ GroupId, ...pair }] }],
      });
    expect(await codeOf(allow({ UserId: "111111111111" }))).to.equal("InvalidGroup.NotFound");
    expect(await codeOf(allow({ VpcId: "vpc-0123456789abcdef0" }))).to.equal("InvalidGroup.NotFound");
    await allow({ UserId: "000000000000", VpcId });
  });

  it("takes rules by their ids or by their content, and one permission in one form", async () => {
    const { ec2 } = cloud;
    const permission = { IpProtocol: "tcp", FromPort: 1, ToPort: 2 };
    const IpPermissions = [{ ...permission, IpRanges: [{ CidrIp: "10.0.0.0/8" }] }];
    const made = await ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions });
    const SecurityGroupRuleIds = [some(made.SecurityGroupRules?.[0]?.SecurityGroupRuleId)];
    const both = ec2.revokeSecurityGroupIngress({ GroupId, IpPermissions, SecurityGroupRuleIds });
    expect(await codeOf(both)).to.equal("InvalidParameterCombination");
    const twice = ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions, CidrIp: "10.1.0.0/16" });
    expect(await codeOf(twice)).to.equal("InvalidParameterCombination");
  });

  it("keeps names apart and the default group in place", async () => {
    const { ec2 } = cloud;
    const create = (GroupName: string, vpc: string | undefined = VpcId) =>
      ec2.createSecurityGroup({ GroupName, Description: "d", VpcId: vpc });
    expect(await codeOf(create("lab"))).to.equal("InvalidGroup.Duplicate");
    expect(await codeOf(create("sg-lab"))).to.equal("InvalidParameterValue");
    expect(await codeOf(create("default"))).to.equal("InvalidParameterValue");
    expect(await codeOf(ec2.createSecurityGroup({ GroupName: "x", Description: "d" }))).to.equal("VPCIdNotSpecified");
    await create("lab", await cloud.vpc("10.1.0.0/16"));
    const { SecurityGroups: [own] = [] } = await ec2.describeSecurityGroups({
      Filters: [
        { Name: "vpc-id", Values: [VpcId] },
        { Name: "group-name", Values: ["default"] },
      ],
    });
    expect(await codeOf(ec2.deleteSecurityGroup({ GroupId: own?.GroupId }))).to.equal("CannotDelete");
  });
});

import { expect } from "chai";
import { post as signedPost } from "../../support/signing";
import { image, some, TestCloud } from "./support";

/** Requests of nearly 1 MiB, which is what the server reads at most. The VPC's packets wait as long as an answer takes. */
describe("EC2 API: limits come before the work", () => {
  let cloud: TestCloud;
  let vpc: string;
  let group: string;
  before(async () => {
    cloud = await TestCloud.start();
    vpc = await cloud.vpc();
    group = await cloud.group(vpc);
  });
  after(() => cloud.end());

  const size = 1_000_000;
  /** As many parameters as fit. */
  function many(parameter: (index: number) => string, begin = ""): string {
    const parts = [begin];
    for (let length = begin.length, index = 1; ; index++) {
      const part = parameter(index);
      length += part.length + 1;
      if (length > size) return parts.join("&");
      parts.push(part);
    }
  }
  const address = (n: number) => `10.${n >> 14}.${(n >> 7) & 127}.${n & 127}`;
  const id = (prefix: string, n: number) => `${prefix}-${n.toString(16).padStart(17, "0")}`;

  /** The code of the answer, which must not take this process long: its own time, whatever else the computer does. */
  async function codeOf(action: string, body: string): Promise<string | undefined> {
    expect(body.length).to.be.below(1024 * 1024);
    const began = process.cpuUsage();
    const { status, code } = await signedPost(cloud.url, `Action=${action}&${body}`);
    const { user, system } = process.cpuUsage(began);
    expect((user + system) / 1e6, `seconds for ${action}`).to.be.below(2.5);
    return status === 200 ? "ok" : code;
  }

  it("of the rules of a security group", async () => {
    const begin = `GroupId=${group}&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=1&IpPermissions.1.ToPort=2`;
    const ranges = many((n) => `IpPermissions.1.IpRanges.${n}.CidrIp=${address(n)}/32`, begin);
    const names = many((n) => `IpPermissions.1.Groups.${n}.GroupName=none`, begin);
    const limit = "RulesPerSecurityGroupLimitExceeded";
    expect(await codeOf("AuthorizeSecurityGroupIngress", ranges)).to.equal(limit);
    expect(await codeOf("AuthorizeSecurityGroupEgress", names)).to.equal(limit);
    expect(await codeOf("RevokeSecurityGroupIngress", ranges)).to.equal("InvalidPermission.NotFound");
    expect(await codeOf("UpdateSecurityGroupRuleDescriptionsEgress", names)).to.equal("InvalidPermission.NotFound");
    const { SecurityGroupRules: rules } = await cloud.ec2.describeSecurityGroupRules({
      Filters: [{ Name: "group-id", Values: [group] }],
    });
    expect(rules).to.have.length(1);
    const rule = some(rules?.[0]?.SecurityGroupRuleId);
    const modify = (n: number) =>
      `SecurityGroupRule.${n}.SecurityGroupRuleId=${rule}&SecurityGroupRule.${n}.SecurityGroupRule.IpProtocol=-1&` +
      `SecurityGroupRule.${n}.SecurityGroupRule.CidrIpv4=${address(n)}/32`;
    expect(await codeOf("ModifySecurityGroupRules", many(modify, `GroupId=${group}`))).to.equal("ok");
    const unknown = many((n) => `SecurityGroupRuleId.${n}=${rule}`);
    expect(await codeOf("DescribeSecurityGroupRules", unknown)).to.equal("ok");
    expect(await codeOf("RevokeSecurityGroupEgress", `GroupId=${group}&${unknown}`)).to.equal("ok");
  });

  it("of rules: sixty in each direction, and not one more", async () => {
    const other = await cloud.group(vpc, "sixty");
    const ranges = (from: number, count: number) => ({
      GroupId: other,
      IpPermissions: [
        {
          IpProtocol: "tcp",
          ...{ FromPort: 1, ToPort: 2 },
          IpRanges: Array.from({ length: count }, (_, n) => ({ CidrIp: `${address(from + n)}/32` })),
        },
      ],
    });
    await cloud.ec2.authorizeSecurityGroupIngress(ranges(0, 59));
    const codes: string[] = [];
    for (const [from, count] of [
      [59, 2],
      [59, 1],
      [60, 1],
    ] as const) {
      await cloud.ec2.authorizeSecurityGroupIngress(ranges(from, count)).then(
        () => codes.push("ok"),
        (error: unknown) => codes.push((error as Error).name),
      );
    }
    const limit = "RulesPerSecurityGroupLimitExceeded";
    expect(codes).to.deep.equal([limit, "ok", limit]);
  });

  it("of tags, and of resources that are tagged", async () => {
    const tags = many((n) => `Tag.${n}.Key=${n}`, `ResourceId.1=${vpc}`);
    expect(await codeOf("CreateTags", tags)).to.equal("TagLimitExceeded");
    expect(await codeOf("DeleteTags", tags)).to.equal("ok");
    const resources = many((n) => `ResourceId.${n}=${id("sgr", n)}`, "Tag.1.Key=a");
    expect(await codeOf("CreateTags", resources)).to.equal("InvalidParameterValue");
    expect(await codeOf("DeleteTags", resources)).to.equal("InvalidParameterValue");
    const specified = many((n) => `TagSpecification.1.Tag.${n}.Key=${n}`, "TagSpecification.1.ResourceType=vpc");
    expect(await codeOf("CreateVpc", `CidrBlock=10.9.0.0/16&${specified}`)).to.equal("TagLimitExceeded");
  });

  it("of filters", async () => {
    const pattern = `Filter.1.Name=instance-type&Filter.1.Value.1=${"*a".repeat(size / 2.5)}`;
    expect(await codeOf("DescribeInstanceTypes", pattern)).to.equal("InvalidParameterValue");
    const values = many((n) => `Filter.1.Value.${n}=*${n}*`, "Filter.1.Name=instance-type");
    expect(await codeOf("DescribeInstanceTypes", values)).to.equal("FilterLimitExceeded");
    const filters = many((n) => `Filter.${n}.Name=instance-type`);
    expect(await codeOf("DescribeInstanceTypes", filters)).to.equal("FilterLimitExceeded");
    const most = Array.from({ length: 200 }, (_, n) => `Filter.1.Value.${n + 1}=${"*a".repeat(127)}`).join("&");
    expect(await codeOf("DescribeInstanceTypes", `Filter.1.Name=instance-type&${most}`)).to.equal("ok");
  });

  it("of lists of names", async () => {
    for (const [action, name, prefix, code] of [
      ["DescribeVpcs", "VpcId", "vpc", "InvalidVpcID.NotFound"],
      ["DescribeInstances", "InstanceId", "i", "InvalidInstanceID.NotFound"],
      ["TerminateInstances", "InstanceId", "i", "InvalidInstanceID.NotFound"],
      ["DescribeImages", "ImageId", "ami", "InvalidAMIID.NotFound"],
      ["DescribeInstanceTypes", "InstanceType", "t3", "InvalidInstanceType"],
      ["DescribeKeyPairs", "KeyName", "k", "InvalidKeyPair.NotFound"],
      ["DescribeAddresses", "PublicIp", "a", "InvalidAddress.NotFound"],
      ["MonitorInstances", "InstanceId", "i", "InvalidInstanceID.NotFound"],
    ] as const) {
      expect(
        await codeOf(
          action,
          many((n) => `${name}.${n}=${id(prefix, n)}`),
        ),
      ).to.equal(code);
    }
    const same = many((n) => `ZoneName.${n}=us-east-1a`);
    expect(await codeOf("DescribeAvailabilityZones", same)).to.equal("ok");
  });

  it("of a launch", async () => {
    const subnet = await cloud.subnet(vpc, "10.240.0.0/20");
    const launch = `ImageId=${image}&InstanceType=t3.micro&MinCount=1&SubnetId=${subnet}`;
    const disks = many(
      (n) => `BlockDeviceMapping.${n}.DeviceName=/dev/${n}&BlockDeviceMapping.${n}.Ebs.Iops=1`,
      launch,
    );
    expect(await codeOf("RunInstances", `${disks}&MaxCount=1`)).to.equal("InvalidParameterValue");
    const data = `UserData=${"QUJD".repeat(size / 4.5)}`;
    expect(await codeOf("RunInstances", `${launch}&MaxCount=1&${data}`)).to.equal("InvalidParameterValue");
    const groups = many((n) => `SecurityGroupId.${n}=${id("sg", n)}`, launch);
    expect(await codeOf("RunInstances", `${groups}&MaxCount=1`)).to.equal("InvalidGroup.NotFound");
    expect(await codeOf("ImportKeyPair", `KeyName=a&PublicKeyMaterial=${"QUJD".repeat(size / 4.5)}`)).to.equal(
      "InvalidKey.Format",
    );
    cloud.driver.hold = true;
    expect(await codeOf("RunInstances", `${launch}&MaxCount=1000`)).to.equal("ok");
  });
});

import { expect } from "chai";
import { codeOf, refused, some, TestCloud } from "./support";

/** EC2 API Reference, "Error codes for the Amazon EC2 API", and what was seen from AWS. */
describe("EC2 API: errors as AWS spells them", () => {
  let cloud: TestCloud;
  let vpc: string;
  before(async () => {
    cloud = await TestCloud.start();
    vpc = await cloud.vpc();
  });
  after(() => cloud.end());
  const none = (prefix: string) => `${prefix}-0123456789abcdef0`;

  it("of ids that are none", async () => {
    const { ec2 } = cloud;
    for (const [call, code] of [
      [ec2.deleteVpc({ VpcId: "vpc-x" }), "InvalidVpcID.Malformed"],
      [ec2.describeVpcs({ VpcIds: ["vpc-x"] }), "InvalidVpcID.Malformed"],
      [ec2.deleteSubnet({ SubnetId: "subnet-x" }), "InvalidSubnetID.Malformed"],
      [ec2.createTags({ Resources: ["ami-blah"], Tags: [{ Key: "a" }] }), "InvalidID"],
      [ec2.createTags({ Resources: ["vpc-x"], Tags: [{ Key: "a" }] }), "InvalidID"],
      [ec2.deleteTags({ Resources: ["vpc-x"], Tags: [{ Key: "a" }] }), "InvalidID"],
      [
        ec2.describeSecurityGroupRules({ Filters: [{ Name: "group-id", Values: ["foobar"] }] }),
        "InvalidGroupId.Malformed",
      ],
    ] as const) {
      expect(await codeOf(call)).to.equal(code);
    }
    const { SecurityGroupRules: found } = await ec2.describeSecurityGroupRules({
      Filters: [{ Name: "group-id", Values: ["sg-*"] }],
    });
    expect(found).to.have.length(2);
  });

  it("of what is missing", async () => {
    const { ec2 } = cloud;
    for (const call of [
      ec2.terminateInstances({ InstanceIds: undefined }),
      ec2.stopInstances({ InstanceIds: [] }),
      ec2.startInstances({ InstanceIds: undefined }),
      ec2.rebootInstances({ InstanceIds: undefined }),
    ]) {
      const { code, message } = await refused(call);
      expect([code, message]).to.deep.equal(["InvalidParameterCombination", "No instances specified"]);
    }
    const { AllocationId } = await ec2.allocateAddress({});
    expect(await codeOf(ec2.associateAddress({ AllocationId }))).to.equal("MissingParameter");
    await ec2.releaseAddress({ AllocationId, NetworkBorderGroup: "us-east-1" });
  });

  it("of what is not there, with AWS's words", async () => {
    const { ec2 } = cloud;
    const group = await refused(ec2.describeSecurityGroups({ GroupIds: [none("sg")] }));
    expect([group.code, group.message]).to.deep.equal([
      "InvalidGroup.NotFound",
      `The security group '${none("sg")}' does not exist`,
    ]);
    const images = await refused(ec2.describeImages({ ImageIds: [none("ami"), "ami-01234567"] }));
    expect([images.code, images.message]).to.deep.equal([
      "InvalidAMIID.NotFound",
      `The image ids '[${none("ami")}, ami-01234567]' do not exist`,
    ]);
    const one = await refused(ec2.describeImages({ ImageIds: [none("ami")] }));
    expect(one.message).to.equal(`The image id '[${none("ami")}]' does not exist`);
    const vpcs = await refused(ec2.describeVpcs({ VpcIds: [none("vpc")] }));
    expect(vpcs.message).to.equal(`The vpc ID '${none("vpc")}' does not exist`);
  });

  it("of a gateway whose VPC is gone, which clients know as one that is not attached", async () => {
    const { ec2 } = cloud;
    const { InternetGateway: made } = await ec2.createInternetGateway();
    const InternetGatewayId = some(made?.InternetGatewayId);
    expect(await codeOf(ec2.detachInternetGateway({ InternetGatewayId, VpcId: none("vpc") }))).to.equal(
      "Gateway.NotAttached",
    );
    expect(await codeOf(ec2.detachInternetGateway({ InternetGatewayId, VpcId: "vpc-x" }))).to.equal(
      "InvalidVpcID.Malformed",
    );
  });

  it("of routes to the local target", async () => {
    const { ec2 } = cloud;
    const RouteTableId = await cloud.table(vpc);
    const route = (DestinationCidrBlock: string) => ({ RouteTableId, DestinationCidrBlock, GatewayId: "local" });
    expect(await codeOf(ec2.createRoute(route("10.240.0.0/16")))).to.equal("RouteAlreadyExists");
    expect(await codeOf(ec2.createRoute(route("10.9.0.0/16")))).to.equal("InvalidParameterValue");
    expect(await codeOf(ec2.replaceRoute(route("10.9.0.0/16")))).to.equal("InvalidParameterValue");
    await ec2.replaceRoute({ RouteTableId, DestinationCidrBlock: "10.240.0.0/16", LocalTarget: true });
  });

  it("of pages and tags that are too large", async () => {
    const { ec2 } = cloud;
    expect(await codeOf(ec2.describeInstanceTypes({ MaxResults: 101 }))).to.equal("InvalidParameterValue");
    expect((await ec2.describeInstanceTypes({ MaxResults: 100 })).InstanceTypes).to.have.length(100);
    // Unicode characters count, not JavaScript's units.
    const tag = (Key: string, Value: string) => ec2.createTags({ Resources: [vpc], Tags: [{ Key, Value }] });
    await tag("😀".repeat(128), "😀".repeat(256));
    expect(await codeOf(tag("😀".repeat(129), ""))).to.equal("InvalidParameterValue");
    expect(await codeOf(tag("a", "é".repeat(257)))).to.equal("InvalidParameterValue");
  });
});

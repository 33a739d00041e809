import { expect } from "chai";
import { post as signedPost } from "../../support/signing";
import { image, some, TestCloud } from "./support";

/** On EC2 a parameter that is empty is one that is not there; clients of others send such. */
describe("EC2 API: empty parameters", () => {
  let cloud: TestCloud;
  let subnet: string;
  beforeEach(async () => {
    cloud = await TestCloud.start();
    subnet = await cloud.subnet(await cloud.vpc(), "10.240.0.0/24", "us-east-1b");
  });
  afterEach(() => cloud.end());

  const post = (action: string, parameters: string) =>
    signedPost(cloud.url, `Action=${action}&Version=2016-11-15&${parameters}`);

  it("do not stand in the way of a launch", async () => {
    const empty = [
      ...["Placement.AvailabilityZone", "KeyName", "PrivateIpAddress", "SecurityGroupId.1", "UserData", "ClientToken"],
      ...["IamInstanceProfile.Name", "Placement.Tenancy", "MetadataOptions.HttpTokens", "EbsOptimized"],
      ...[
        "InstanceInitiatedShutdownBehavior",
        "BlockDeviceMapping.1.Ebs.KmsKeyId",
        "LicenseSpecification.1.LicenseConfigurationArn",
      ],
    ];
    const { status, text } = await post(
      "RunInstances",
      `ImageId=${image}&InstanceType=t3.micro&MinCount=1&MaxCount=1&SubnetId=${subnet}&` +
        empty.map((name) => `${name}=`).join("&"),
    );
    expect(status, text).to.equal(200);
    expect(text).to.match(/<availabilityZone>us-east-1b<\/availabilityZone>/);
    const id = some(/<instanceId>(.*?)<\/instanceId>/.exec(text)?.[1]);
    const { KeyName, SecurityGroups } = await cloud.describe(id);
    expect([KeyName, SecurityGroups?.map(({ GroupName }) => GroupName)]).to.deep.equal([undefined, ["default"]]);
  });

  it("are missing where a parameter must be there", async () => {
    expect((await post("DescribeInstanceAttribute", "InstanceId=&Attribute=userData")).code).to.equal(
      "MissingParameter",
    );
    expect((await post("DeleteVpc", "VpcId=")).code).to.equal("MissingParameter");
    expect((await post("TerminateInstances", "InstanceId.1=")).code).to.equal("InvalidParameterCombination");
    expect((await post("", "")).code).to.equal("MissingAction");
  });

  it("leave a list out, which then means all", async () => {
    const { text } = await post("DescribeSubnets", "SubnetId.1=&NextToken=&MaxResults=");
    expect(text).to.contain(subnet);
  });

  it("are values where a value may be empty", async () => {
    const tags = async () => (await cloud.ec2.describeTags()).Tags?.map(({ Key, Value }) => [Key, Value]);
    await post("CreateTags", `ResourceId.1=${subnet}&Tag.1.Key=a&Tag.1.Value=&Tag.2.Key=b&Tag.2.Value=x`);
    expect(await tags()).to.deep.equal([
      ["a", ""],
      ["b", "x"],
    ]);
    const { text } = await post("DescribeTags", "Filter.1.Name=value&Filter.1.Value.1=");
    expect([...text.matchAll(/<key>(.*?)<\/key>/g)].map(([, key]) => key)).to.deep.equal(["a"]);
    // Tags with an empty value, not tags with any.
    await post("DeleteTags", `ResourceId.1=${subnet}&Tag.1.Key=a&Tag.1.Value=&Tag.2.Key=b&Tag.2.Value=`);
    expect(await tags()).to.deep.equal([["b", "x"]]);

    const made = await cloud.ec2.createNetworkInterface({ SubnetId: subnet, Description: "old" });
    const id = some(made.NetworkInterface?.NetworkInterfaceId);
    await post("ModifyNetworkInterfaceAttribute", `NetworkInterfaceId=${id}&Description.Value=&SourceDestCheck.Value=`);
    const { NetworkInterfaces: [seen] = [] } = await cloud.ec2.describeNetworkInterfaces();
    expect([seen?.Description, seen?.SourceDestCheck]).to.deep.equal(["", true]);
  });
});

import { generateKeyPairSync } from "node:crypto";
import http from "node:http";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { expect } from "chai";
import ssh2 from "ssh2";
import { compilePattern } from "../../../cloud/api/core/filters";
import { post as signedPost, signedHeaders, testKey } from "../../support/signing";
import { codeOf, refused, some, TestCloud } from "./support";

describe("EC2 API: the protocol", () => {
  let cloud: TestCloud;
  beforeEach(async () => {
    cloud = await TestCloud.start();
  });
  afterEach(() => cloud.end());

  const post = (body: string) =>
    signedPost(cloud.url, body, { headers: { "content-type": "application/x-www-form-urlencoded" } });

  it("answers in EC2's XML, also to parameters in the URL", async () => {
    const url = `${cloud.url}/?Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0%2F16`;
    const answer = await signedPost(url, "");
    expect(answer.headers.get("content-type")).to.equal("text/xml;charset=UTF-8");
    expect(answer.text).to.match(
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<CreateVpcResponse xmlns="http:\/\/ec2.amazonaws.com\/doc\/2016-11-15\/"><requestId>[0-9a-f-]{36}<\/requestId><vpc>.*<cidrBlock>10.0.0.0\/16<\/cidrBlock>.*<\/vpc><\/CreateVpcResponse>$/,
    );
    const { text } = await post("Action=DescribeVpcs&Filter.1.Name=cidr&Filter.1.Value.1=10.9.*");
    expect(text).to.match(/<vpcSet><\/vpcSet><\/DescribeVpcsResponse>$/);
    const deleted = await post("Action=DeleteVpc&VpcId=vpc-1");
    expect(deleted.text).to.match(
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<Response><Errors><Error><Code>InvalidVpcID.Malformed<\/Code><Message>.*<\/Message><\/Error><\/Errors><RequestID>[0-9a-f-]{36}<\/RequestID><\/Response>$/,
    );
  });

  it("refuses what is no request of EC2's", async () => {
    for (const [body, code, status] of [
      ["", "MissingAction", 400],
      ["Action=MakeCoffee", "InvalidAction", 400],
      ["Action=constructor", "InvalidAction", 400],
      ["Action=DescribeVpcs&Version=2006-06-26", "NoSuchVersion", 400],
      ["Action=DescribeVpcs&Colour=red", "UnknownParameter", 400],
      ["Action=DescribeVpcs&__proto__=x", "UnknownParameter", 400],
      ["Action=DescribeVpcs&Filter.1.Nam=x", "UnknownParameter", 400],
      ["Action=DescribeVpcs&VpcId.x=1", "UnknownParameter", 400],
      ["Action=DescribeVpcs&VpcId.1.2.3=1", "UnknownParameter", 400],
      ["Action=DescribeVpcs&MaxResults=many", "InvalidParameterValue", 400],
      ["Action=DescribeVpcs&DryRun=perhaps", "InvalidParameterValue", 400],
      [`Action=DescribeVpcs&${"a.".repeat(50)}b=1`, "MalformedQueryString", 400],
      ["Action=DeleteVpc", "MissingParameter", 400],
      ["Action=ImportKeyPair&KeyName=a&PublicKeyMaterial=%25%25", "InvalidParameterValue", 400],
      ["Action=ImportKeyPair&KeyName=a&PublicKeyMaterial=c3NoLXJzYSBBQUFB", "InvalidKey.Format", 400],
      ["Action=DescribeVpcs&DryRun=true", "DryRunOperation", 412],
    ] as const) {
      const answer = await post(body);
      expect([answer.code, answer.status], body).to.deep.equal([code, status]);
    }
    expect(cloud.log).to.deep.equal([]);
  });

  it("bounds the size of a request", async () => {
    const { port } = new URL(cloud.url);
    const headers = await signedHeaders(cloud.url, "");
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = http.request({ port, host: "127.0.0.1", method: "POST", headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      request.on("error", reject);
      request.write("Action=".padEnd(1024 * 1024 + 1, "x"));
    });
    expect(status).to.equal(413);
  });

  it("listens on loopback only", async () => {
    let problem = "";
    await cloud.api
      .listen({ host: "0.0.0.0", port: 0 })
      .catch((error: unknown) => (problem = (error as Error).message));
    expect(problem).to.equal("The embedded EC2 listens on loopback addresses only, and 0.0.0.0 is none");
  });

  it("turns an error of its own into InternalError and logs it", async () => {
    cloud.driver.images = () => {
      throw new Error("disk of images is gone");
    };
    const answer = await refused(cloud.ec2.describeImages());
    expect([answer.code, answer.status]).to.deep.equal(["InternalError", 500]);
    expect(answer.message).not.to.contain("disk of images");
    expect(cloud.log).to.have.length(1);
    expect(cloud.log[0]).to.match(/^DescribeImages [0-9a-f-]{36}: Error: disk of images is gone\n/);
  });

  it("says who the caller is", async () => {
    const sts = new STSClient({
      region: "us-east-1",
      endpoint: cloud.url,
      credentials: testKey,
    });
    const identity = await sts.send(new GetCallerIdentityCommand());
    sts.destroy();
    expect(identity.Account).to.equal("000000000000");
    expect(identity.Arn).to.equal("arn:aws:iam::000000000000:user/hardway");
  });

  it("filters by fields, tags and wildcards", async () => {
    const { ec2 } = cloud;
    const make = async (cidr: string, tags: Record<string, string>) => {
      const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      const { Vpc } = await ec2.createVpc({ CidrBlock: cidr, TagSpecifications: [{ ResourceType: "vpc", Tags }] });
      return some(Vpc?.VpcId);
    };
    const a = await make("10.1.0.0/16", { Name: "lab-a", env: "dev" });
    const b = await make("10.2.0.0/16", { Name: "lab-b", star: "*" });
    const c = await make("10.3.0.0/16", { name: "lab-a" });
    const find = async (...filters: readonly (readonly [string, ...string[]])[]) => {
      const Filters = filters.map(([Name, ...Values]) => ({ Name, Values }));
      return (await ec2.describeVpcs({ Filters })).Vpcs?.map((vpc) => vpc.VpcId);
    };
    expect(await find(["tag:Name", "lab-a"])).to.deep.equal([a]);
    expect(await find(["tag:Name", "lab-?"])).to.deep.equal([a, b]);
    expect(await find(["tag-key", "name", "star"])).to.deep.equal([b, c]);
    expect(await find(["tag:Name", "lab-*"], ["cidr", "10.2.0.0/16", "10.3.0.0/16"])).to.deep.equal([b]);
    expect(await find(["tag:star", "\\*"])).to.deep.equal([b]);
    expect(await find(["tag:env", "\\*"])).to.deep.equal([]);
    expect(await find(["is-default", "true"])).to.deep.equal([]);
    expect(await codeOf(find(["colour", "red"]))).to.equal("InvalidParameterValue");
    expect(await codeOf(find(["constructor", "x"]))).to.equal("InvalidParameterValue");
  });

  it("matches wildcards as globs do, in little time", () => {
    for (const [pattern, text, expected] of [
      ["debian-13-amd64-*", "debian-13-amd64-20261121-1", true],
      ["*amd64*", "debian-13-amd64-1", true],
      ["*a*b*c", "xxaxxbxxc", true],
      ["*a*b*c", "xxaxxcxxb", false],
      ["a?c", "abc", true],
      ["a?c", "ac", false],
      ["a\\?c", "a?c", true],
      ["a\\?c", "abc", false],
      ["a.c", "abc", false],
      ["", "", true],
      ["*", "", true],
      ["ab", "abc", false],
    ] as const) {
      expect(compilePattern(pattern)(text), `${pattern} ${text}`).to.equal(expected);
    }
    const began = Date.now();
    expect(compilePattern("*a".repeat(1000) + "b")("a".repeat(10_000))).to.equal(false);
    expect(Date.now() - began).to.be.lessThan(3000);
  });

  it("answers in pages", async () => {
    const vpc = await cloud.vpc();
    const ids: string[] = [];
    for (let n = 0; n < 12; n++) ids.push(await cloud.subnet(vpc, `10.240.${n}.0/24`));
    const first = await cloud.ec2.describeSubnets({ MaxResults: 5 });
    expect(first.Subnets?.map((subnet) => subnet.SubnetId)).to.deep.equal(ids.slice(0, 5));
    // What is deleted meanwhile shifts nothing.
    await cloud.ec2.deleteSubnet({ SubnetId: some(ids[0]) });
    const second = await cloud.ec2.describeSubnets({ MaxResults: 5, NextToken: first.NextToken });
    expect(second.Subnets?.map((subnet) => subnet.SubnetId)).to.deep.equal(ids.slice(5, 10));
    const third = await cloud.ec2.describeSubnets({ MaxResults: 5, NextToken: second.NextToken });
    expect(third.Subnets?.map((subnet) => subnet.SubnetId)).to.deep.equal(ids.slice(10));
    expect(third.NextToken).to.equal(undefined);
    expect(await codeOf(cloud.ec2.describeSubnets({ MaxResults: 4 }))).to.equal("InvalidParameterValue");
    expect(await codeOf(cloud.ec2.describeSubnets({ NextToken: "x" }))).to.equal("InvalidNextToken");
  });

  it("keeps tags of every kind of resource", async () => {
    const { ec2 } = cloud;
    const vpc = await cloud.vpc();
    const subnet = await cloud.subnet(vpc);
    const group = await cloud.group(vpc);
    const Resources = [vpc, subnet, group];
    await ec2.createTags({
      Resources,
      Tags: [
        { Key: "a", Value: "1" },
        { Key: "__proto__", Value: "2" },
      ],
    });
    await ec2.createTags({ Resources: [vpc], Tags: [{ Key: "a", Value: "3" }] });
    expect((await ec2.describeVpcs({ VpcIds: [vpc] })).Vpcs?.[0]?.Tags).to.deep.equal([
      { Key: "__proto__", Value: "2" },
      { Key: "a", Value: "3" },
    ]);
    const { Tags: found } = await ec2.describeTags({ Filters: [{ Name: "key", Values: ["a"] }] });
    expect(found?.map((tag) => [tag.ResourceType, tag.ResourceId, tag.Value])).to.deep.equal([
      ["vpc", vpc, "3"],
      ["subnet", subnet, "1"],
      ["security-group", group, "1"],
    ]);
    await ec2.deleteTags({ Resources, Tags: [{ Key: "a", Value: "1" }, { Key: "__proto__" }] });
    expect((await ec2.describeTags()).Tags?.map((tag) => [tag.ResourceId, tag.Key])).to.deep.equal([[vpc, "a"]]);
    const tag = (Key: string, Value = "", Resource = vpc) =>
      ec2.createTags({ Resources: [Resource], Tags: [{ Key, Value }] });
    expect(await codeOf(tag("aws:x"))).to.equal("InvalidParameterValue");
    expect(await codeOf(tag("k".repeat(129)))).to.equal("InvalidParameterValue");
    expect(await codeOf(tag("k", "v".repeat(257)))).to.equal("InvalidParameterValue");
    expect(await codeOf(tag("k", "v", "vpc-0123456789abcdef0"))).to.equal("InvalidVpcID.NotFound");
    expect(await codeOf(tag("k", "v", "thing"))).to.equal("InvalidID");
    const many = Array.from({ length: 50 }, (_, n) => ({ Key: `k${n}`, Value: "" }));
    expect(await codeOf(ec2.createTags({ Resources: [vpc], Tags: many }))).to.equal("TagLimitExceeded");
  });

  it("imports and makes key pairs", async () => {
    const { ec2 } = cloud;
    const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3Q4+QqBIEmmbLlLkzB1CmBdGXIQe6ONXqbNUFHhhVe me@example";
    const import_ = (KeyName: string, text: string) =>
      ec2.importKeyPair({ KeyName, PublicKeyMaterial: Buffer.from(text) });
    const { KeyPairId } = await import_("lab", publicKey);
    expect(KeyPairId).to.match(/^key-[0-9a-f]{17}$/);
    expect(await codeOf(import_("lab", publicKey))).to.equal("InvalidKeyPair.Duplicate");
    expect(await codeOf(import_("two", `${publicKey}\n${publicKey}`))).to.equal("InvalidKey.Format");
    expect(await codeOf(import_("two", "ssh-ed25519 AAAA"))).to.equal("InvalidKey.Format");
    const made = await ec2.createKeyPair({ KeyName: "made", KeyType: "ed25519" });
    expect(made.KeyMaterial).to.match(/^-----BEGIN OPENSSH PRIVATE KEY-----\n/);
    const rsa = await ec2.createKeyPair({ KeyName: "rsa" });
    expect(rsa.KeyMaterial).to.match(/^-----BEGIN RSA PRIVATE KEY-----\n/);
    expect(rsa.KeyFingerprint).to.match(/^([0-9a-f]{2}:){19}[0-9a-f]{2}$/);
    const { KeyPairs = [] } = await ec2.describeKeyPairs({ IncludePublicKey: true });
    expect(KeyPairs.map((pair) => [pair.KeyName, pair.KeyType])).to.deep.equal([
      ["lab", "ed25519"],
      ["made", "ed25519"],
      ["rsa", "rsa"],
    ]);
    expect(KeyPairs[0]?.PublicKey).to.equal(publicKey);
    await ec2.deleteKeyPair({ KeyName: "lab" });
    await ec2.deleteKeyPair({ KeyName: "lab" });
    expect(await codeOf(ec2.describeKeyPairs({ KeyNames: ["lab"] }))).to.equal("InvalidKeyPair.NotFound");
  });

  it("imports a key in any form that EC2 takes", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const [ssh] = [ssh2.utils.parseKey(privateKey.export({ type: "pkcs1", format: "pem" }))].flat();
    if (ssh === undefined || ssh instanceof Error) throw ssh ?? new Error("no key");
    const blob = ssh.getPublicSSH().toString("base64");
    const rfc4716 = [
      "---- BEGIN SSH2 PUBLIC KEY ----",
      'Comment: "a key, \\',
      'of two lines"',
      ...(blob.match(/.{1,70}/g) ?? []),
      "---- END SSH2 PUBLIC KEY ----",
      "",
    ].join("\n");
    const der = publicKey.export({ type: "spki", format: "der" }).toString("base64");
    const forms = { openssh: `ssh-rsa ${blob} me`, rfc4716, der, wrapped: der.replace(/.{64}/g, "$&\n") };
    for (const [KeyName, text] of Object.entries(forms)) {
      await cloud.ec2.importKeyPair({ KeyName, PublicKeyMaterial: Buffer.from(text) });
    }
    const { KeyPairs = [] } = await cloud.ec2.describeKeyPairs({ IncludePublicKey: true });
    expect(new Set(KeyPairs.map(({ KeyFingerprint }) => KeyFingerprint)).size).to.equal(1);
    expect(KeyPairs.map(({ PublicKey }) => PublicKey)).to.deep.equal([
      `ssh-rsa ${blob} me`,
      ...Array<string>(3).fill(`ssh-rsa ${blob}`),
    ]);
    const wrong = [
      rfc4716.replace("SSH2", "SSH3"),
      rfc4716.replace(blob.slice(0, 20), "AAAA"),
      der.slice(8),
      "AAAA",
      "A".repeat(20_000),
    ];
    for (const text of wrong) {
      const imported = cloud.ec2.importKeyPair({ KeyName: "wrong", PublicKeyMaterial: Buffer.from(text) });
      expect(await codeOf(imported), text).to.equal("InvalidKey.Format");
    }
  });

  it("describes images, types, zones and the region", async () => {
    const { ec2 } = cloud;
    const { Images = [] } = await ec2.describeImages({
      Owners: ["136693071363"],
      Filters: [
        { Name: "name", Values: ["debian-13-amd64-*"] },
        { Name: "architecture", Values: ["x86_64"] },
        { Name: "virtualization-type", Values: ["hvm"] },
      ],
    });
    expect(Images.map((one) => [one.ImageId, one.CreationDate, one.RootDeviceName])).to.deep.equal([
      ["ami-0aaaaaaaaaaaaaaaa", "2026-11-01T00:00:00.000Z", "/dev/xvda"],
      ["ami-0bbbbbbbbbbbbbbbb", "2026-11-21T00:00:00.000Z", "/dev/xvda"],
    ]);
    expect((await ec2.describeImages({ Owners: ["self"] })).Images).to.deep.equal([]);
    const { InstanceTypes = [] } = await ec2.describeInstanceTypes({ InstanceTypes: ["t3.micro", "m7g.xlarge"] });
    expect(
      InstanceTypes.map((type) => [
        type.InstanceType,
        type.VCpuInfo?.DefaultVCpus,
        type.MemoryInfo?.SizeInMiB,
        type.ProcessorInfo?.SupportedArchitectures,
      ]),
    ).to.deep.equal([
      ["t3.micro", 2, 1024, ["x86_64"]],
      ["m7g.xlarge", 4, 16384, ["arm64"]],
    ]);
    const unknown = ec2.describeInstanceTypes({ InstanceTypes: ["t9.huge" as "t3.micro"] });
    expect(await codeOf(unknown)).to.equal("InvalidInstanceType");
    const { InstanceTypeOfferings: offerings } = await ec2.describeInstanceTypeOfferings({
      LocationType: "availability-zone",
      Filters: [{ Name: "instance-type", Values: ["t3.micro"] }],
    });
    expect(offerings?.map((offer) => offer.Location)).to.deep.equal(["us-east-1a", "us-east-1b", "us-east-1c"]);
    const { AvailabilityZones: zones } = await ec2.describeAvailabilityZones({
      Filters: [{ Name: "state", Values: ["available"] }],
    });
    expect(zones?.map((zone) => [zone.ZoneName, zone.ZoneId])).to.deep.equal([
      ["us-east-1a", "use1-az1"],
      ["us-east-1b", "use1-az2"],
      ["us-east-1c", "use1-az3"],
    ]);
    expect((await ec2.describeRegions()).Regions?.map((region) => region.RegionName)).to.deep.equal(["us-east-1"]);
    expect(await codeOf(ec2.describeVpcClassicLink())).to.equal("UnsupportedOperation");
  });
});

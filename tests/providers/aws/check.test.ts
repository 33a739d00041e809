import { expect } from "chai";
import { secret, unknown, type Properties } from "../pluginProcess";
import { AwsPlugin, offline } from "./plugin";

const official = "is not supported by the bundled plugin; use the official one";

describe("inputs of the aws plugin", () => {
  let plugin: AwsPlugin;
  before(async () => {
    plugin = await AwsPlugin.start({ ...offline, defaultTags: '{"tags":{"project":"hardway","Name":"default"}}' });
  });
  after(() => plugin?.stop());

  describe("check", () => {
    it("fills in the official provider's defaults, the region and all tags", async () => {
      const { inputs, failures } = await plugin.check("aws:ec2/vpc:Vpc", {
        cidrBlock: "10.0.0.0/16",
        tags: { Name: "v" },
      });
      expect(failures).to.deep.equal({});
      expect(inputs).to.deep.equal({
        __defaults: ["enableDnsSupport", "instanceTenancy", "region"],
        cidrBlock: "10.0.0.0/16",
        enableDnsSupport: true,
        instanceTenancy: "default",
        region: "us-east-1",
        tags: { Name: "v" },
        tagsAll: { Name: "v", project: "hardway" },
      });
      const instance = await plugin.check("aws:ec2/instance:Instance", {
        ami: "ami-1",
        instanceType: "t3.small",
        rootBlockDevice: { volumeSize: 20 },
      });
      expect(instance.inputs).to.deep.equal({
        __defaults: ["region", "sourceDestCheck", "userDataReplaceOnChange"],
        ami: "ami-1",
        instanceType: "t3.small",
        region: "us-east-1",
        rootBlockDevice: { __defaults: ["deleteOnTermination"], deleteOnTermination: true, volumeSize: 20 },
        sourceDestCheck: true,
        tagsAll: { Name: "default", project: "hardway" },
        userDataReplaceOnChange: false,
      });
    });

    it("names what has no name, keeps that name, and gives a replacement another", async () => {
      const first = (await plugin.check("aws:ec2/keyPair:KeyPair", { publicKey: "k" })).inputs;
      expect(first.keyName).to.equal("resource-0123456");
      expect(first.__defaults).to.deep.equal(["keyName", "region"]);
      const again = await plugin.check(
        "aws:ec2/keyPair:KeyPair",
        { publicKey: "k" },
        { ...first, keyName: "resource-fff" },
      );
      expect(again.inputs.keyName).to.equal("resource-fff");
      const given = await plugin.check(
        "aws:ec2/keyPair:KeyPair",
        { publicKey: "k" },
        { keyName: "mine", __defaults: [] },
      );
      expect(given.inputs.keyName).to.equal("resource-0123456");
      const prefix = await plugin.check("aws:ec2/securityGroup:SecurityGroup", { namePrefix: "lab-" });
      expect(prefix.inputs).not.to.have.property("name");
      expect(prefix.inputs.description).to.equal("Managed by Pulumi");
    });

    it("accepts what is not known yet, and keeps secrets secret", async () => {
      const { inputs, failures } = await plugin.check("aws:ec2/instance:Instance", {
        ami: unknown,
        instanceType: "t3.small",
        metadataOptions: unknown,
        rootBlockDevice: { volumeSize: unknown },
        tags: unknown,
        userData: secret("secret-canary"),
        vpcSecurityGroupIds: [unknown],
      });
      expect(failures).to.deep.equal({});
      expect(inputs.tagsAll).to.equal(unknown);
      expect(inputs.userData).to.deep.equal(secret("secret-canary"));
      const tags = await plugin.check("aws:ec2/vpc:Vpc", { cidrBlock: unknown, tags: secret({ a: "b" }) });
      expect(tags.inputs.tagsAll).to.deep.equal(secret({ a: "b", project: "hardway", Name: "default" }));
    });

    const cases: [type: string, inputs: Properties, failures: Record<string, string>][] = [
      ["ec2/vpc:Vpc", {}, { cidrBlock: "Missing required property 'cidrBlock'" }],
      [
        "ec2/vpc:Vpc",
        { cidrBlock: "10.0.0.1/16", enableDnsSupport: "yes", tags: { a: 1 }, ipv6CidrBlock: "::/0", cidrBlok: "x" },
        {
          cidrBlock: `'cidrBlock' must be a network address, 10.0.0.0/16, found "10.0.0.1/16"`,
          enableDnsSupport: "'enableDnsSupport' must be a boolean, found a value of type string",
          "tags.a": "'tags.a' must be a string, found a value of type number",
          ipv6CidrBlock: `'ipv6CidrBlock' ${official}`,
          cidrBlok: `'cidrBlok' ${official}; did you mean 'cidrBlock'?`,
        },
      ],
      [
        "ec2/subnet:Subnet",
        { vpcId: "v", cidrBlock: secret("no-canary") },
        { cidrBlock: "'cidrBlock' must be an IPv4 network such as 10.240.0.0/24" },
      ],
      [
        "ec2/route:Route",
        { routeTableId: "r", destinationCidrBlock: "0.0.0.0/0", natGatewayId: "n" },
        { natGatewayId: `'natGatewayId' ${official}` },
      ],
      [
        "ec2/route:Route",
        { routeTableId: "r", destinationCidrBlock: "0.0.0.0/0" },
        { gatewayId: "One of 'gatewayId', 'networkInterfaceId' must be given, found 0" },
      ],
      ["ec2/routeTable:RouteTable", { vpcId: "v", routes: [] }, { routes: `'routes' ${official}` }],
      [
        "ec2/securityGroup:SecurityGroup",
        { ingress: [], name: "sg-1" },
        {
          ingress: `'ingress' ${official}`,
          name: `'name' must be a name that does not begin with sg-, found "sg-1"`,
        },
      ],
      [
        "vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        {
          securityGroupId: "s",
          ipProtocol: "tcp",
          cidrIpv4: "10.0.0.0/8",
          referencedSecurityGroupId: "s",
          fromPort: 70000,
          toPort: 80,
        },
        {
          cidrIpv4: "One of 'cidrIpv4', 'referencedSecurityGroupId' must be given, found 2",
          fromPort: "'fromPort' must be between -1 and 65535, found 70000",
        },
      ],
      [
        "ec2/instance:Instance",
        {
          ami: "a",
          instanceType: "t",
          metadataOptions: { httpTokens: "always", hops: 1 },
          rootBlockDevice: { iops: 1 },
          userData: "#".repeat(20_000),
          vpcSecurityGroupIds: "sg",
        },
        {
          "metadataOptions.httpTokens": `'metadataOptions.httpTokens' must be one of optional, required, found "always"`,
          "metadataOptions.hops": `'metadataOptions.hops' ${official}`,
          "rootBlockDevice.iops": `'rootBlockDevice.iops' ${official}`,
          userData: "'userData' must be at most 16384 bytes long (it has 20000); compress it",
          vpcSecurityGroupIds: "'vpcSecurityGroupIds' must be an array of strings, found a value of type string",
        },
      ],
    ];
    for (const [type, inputs, expected] of cases) {
      it(`refuses ${type} with ${Object.keys(expected).join(", ")}`, async () => {
        expect((await plugin.check(`aws:${type}`, inputs)).failures).to.deep.equal(expected);
      });
    }

    it("refuses a resource and a function that it does not have", async () => {
      const error = await plugin.check("aws:s3/bucket:Bucket", {}).catch((each: Error) => each.message);
      expect(error).to.equal(`aws:s3/bucket:Bucket ${official}`);
    });
  });

  describe("the provider's configuration", () => {
    it("is taken as text and as JSON text, and its credentials become secrets", async () => {
      const { inputs, failures } = await plugin.checkConfig({
        ...offline,
        accessKey: "a",
        secretKey: "s",
        token: secret("t"),
        profile: "p",
        endpoints: '[{"ec2":"http://127.0.0.1:1","sts":"http://127.0.0.1:1"}]',
        defaultTags: '{"tags":{"a":"b"}}',
        skipMetadataApiCheck: "true",
        skipRegionValidation: "true",
        version: "7.48.0",
      });
      expect(failures).to.deep.equal({});
      expect(inputs).to.deep.include({ accessKey: secret("a"), secretKey: secret("s"), token: secret("t") });
    });

    const cases: [config: Properties, failures: Record<string, string>][] = [
      [{ region: unknown, defaultTags: unknown, endpoints: unknown }, {}],
      [
        { allowedAccountIds: '["1"]', regoin: "x" },
        {
          allowedAccountIds: `'allowedAccountIds' ${official}`,
          regoin: `'regoin' ${official}; did you mean 'region'?`,
        },
      ],
      [
        { endpoints: '[{"s3":"x"}]' },
        { "endpoints[0].s3": `'endpoints[0].s3' ${official}; did you mean 'endpoints[0].sts'?` },
      ],
      [{ defaultTags: "no json" }, { defaultTags: "'defaultTags' must be JSON text, and it cannot be parsed" }],
      [
        { skipCredentialsValidation: '"yes"' },
        {
          skipCredentialsValidation: "'skipCredentialsValidation' must be a boolean, found a value of type string",
        },
      ],
      [{ accessKey: "a" }, { accessKey: "'accessKey' and 'secretKey' go together" }],
    ];
    for (const [config, expected] of cases) {
      it(`of ${Object.keys(config).join(", ")} ${Object.keys(expected).length > 0 ? "is refused" : "is accepted"}`, async () => {
        expect((await plugin.checkConfig(config)).failures).to.deep.equal(expected);
      });
    }

    const message = (config: Properties, env: Record<string, string>) =>
      AwsPlugin.start(config, env).then(
        async (started) => {
          await started.stop();
          return undefined;
        },
        (error: Error) => error.message,
      );
    const nothing = {
      AWS_REGION: "",
      AWS_DEFAULT_REGION: "",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    };

    it("needs a region, from wherever", async () => {
      const skip = { skipCredentialsValidation: "true", skipRequestingAccountId: "true" };
      expect(await message(skip, nothing)).to.match(/^Missing region: set it with 'pulumi config set aws:region/);
      expect(await message(skip, { ...nothing, AWS_DEFAULT_REGION: "eu-west-1" })).to.equal(undefined);
    });

    it("validates the credentials unless told not to", async () => {
      const config = {
        region: "us-east-1",
        accessKey: "a",
        secretKey: "secret-canary",
        endpoints: '[{"sts":"http://127.0.0.1:1"}]',
      };
      const refused = await message(config, nothing);
      expect(refused).to.match(/^validating the AWS credentials: GetCallerIdentity: ECONNREFUSED: .*127\.0\.0\.1:1/);
      expect(refused).to.contain("aws:skipCredentialsValidation").and.not.to.contain("canary");
    });
  });
});

import { DescribeVpcsCommand } from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { ec2Client } from "../../../cli/engine/ec2Client";
import { Clients } from "../../../providers/aws/clients";
import { settings } from "../../../providers/aws/config";
import { testKey } from "../../support/signing";
import { TestCloud, eventually } from "../../cloud/api/support";
import { failureOf } from "../pluginProcess";
import { describeAwsPlugin } from "./describeAwsPlugin";
import { AwsPlugin } from "./plugin";
import { configOf } from "./server";

describeAwsPlugin("the embedded EC2", async () => {
  const cloud = await TestCloud.start();
  return { url: cloud.url, region: "us-east-1", stop: () => cloud.end() };
});

describe("machines of the aws plugin that do not start", () => {
  const type = "aws:ec2/instance:Instance";
  let cloud: TestCloud;
  let plugin: AwsPlugin;
  let inputs: Record<string, unknown>;

  beforeEach(async () => {
    cloud = await TestCloud.start();
    const subnetId = await cloud.subnet(await cloud.vpc());
    plugin = await AwsPlugin.start(configOf({ url: cloud.url, region: "us-east-1" }));
    const program = { ami: "ami-0bbbbbbbbbbbbbbbb", instanceType: "t3.small", subnetId, tags: { Name: "n" } };
    inputs = (await plugin.check(type, program)).inputs;
  });
  afterEach(async () => {
    await plugin?.stop();
    await cloud?.end();
  });
  const ids = () => cloud.api.instances().map(({ id }) => id);

  it("say why, with AWS's code", async () => {
    cloud.driver.startError = "no space left on device";
    const message = await failureOf(plugin.create(type, inputs));
    expect(message).to.match(
      /^creating EC2 Instance \(i-[0-9a-f]{17}\): it is (shutting-down|terminated), not running: /,
    );
    expect(message).to.match(/: Server\.\w+: .*no space left on device/);
  });

  it("say what they are until they run or their time is over, and stay known to the engine", async () => {
    cloud.driver.hold = true;
    const begun = Date.now();
    const message = await failureOf(plugin.create(type, inputs, { timeout: 2 }));
    expect(Date.now() - begun).to.be.within(1900, 10_000);
    expect(message).to.match(
      /^creating EC2 Instance \(i-[0-9a-f]{17}\): timed out after 2 s \(customTimeouts\) while it was pending, not running$/,
    );
    expect(plugin.process.lines()).to.deep.equal([`... ${ids().join()} is pending`]);
    const partial = plugin.lastPartial ?? expect.fail("no partial state");
    expect([partial.id]).to.deep.equal(ids());
    expect(partial.state).to.include({ instanceState: "pending", instanceType: "t3.small" });
    expect(partial.state.tagsAll).to.deep.equal({ Name: "n" });
    expect(partial.inputs).to.include({ instanceType: "t3.small" });
  });

  it("end with a cancellation", async () => {
    cloud.driver.hold = true;
    const creation = failureOf(plugin.create(type, inputs));
    await eventually(() => void expect(ids()).to.have.length(1));
    await plugin.process.cancel();
    const begun = Date.now();
    expect(await creation).to.match(/: cancelled/);
    expect(Date.now() - begun).to.be.below(5000);
  });
});

describe("the endpoint of a lab's EC2 API", () => {
  const ofAws = ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"];
  const before = ofAws.map((name) => [name, process.env[name]] as const);
  afterEach(() => {
    for (const [name, value] of before)
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  });

  it("is asked by plugin and command line also where the user's environment asks for other ones of AWS's", async () => {
    const cloud = await TestCloud.start();
    try {
      await cloud.vpc();
      for (const name of ofAws) process.env[name] = "true";
      const given = settings(configOf({ url: cloud.url, region: "us-east-1" })) ?? expect.fail("no settings");
      const clients = new Clients(given);
      const signal = new AbortController().signal;
      const { Vpcs: seen } = await clients.ec2("us-east-1", signal).send(new DescribeVpcsCommand({}));
      expect(seen).to.have.length(1);
      expect((await clients.callerIdentity("us-east-1", signal)).Account).to.equal("000000000000");
      const { accessKeyId: accessKey, secretAccessKey: secretKey } = testKey;
      const client = ec2Client({ region: "us-east-1", accessKey, secretKey, endpoint: cloud.url });
      expect((await client.send(new DescribeVpcsCommand({}))).Vpcs).to.have.length(1);
      client.destroy();
    } finally {
      await cloud.end();
    }
  });
});

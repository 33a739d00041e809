import { expect } from "chai";
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

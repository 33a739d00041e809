import { readdir, readFile, writeFile } from "node:fs/promises";
import { expect } from "chai";
import { Ec2Api } from "../../../cloud/api/Ec2Api";
import { testKey } from "../../support/signing";
import { FakeDriver } from "./FakeDriver";
import { eventually, TestCloud } from "./support";

describe("EC2 API: state on disk", () => {
  let cloud: TestCloud;
  beforeEach(async () => {
    cloud = await TestCloud.start();
  });
  afterEach(() => cloud.end());

  it("survives a restart, with what became of the instances", async () => {
    const { driver, ec2 } = cloud;
    const SubnetId = await cloud.subnet(await cloud.vpc());
    await ec2.modifySubnetAttribute({ SubnetId, MapPublicIpOnLaunch: { Value: true } });
    const runs = await cloud.instance(SubnetId);
    const died = await cloud.instance(SubnetId);
    driver.hold = true;
    const boots = await cloud.instance(SubnetId);
    const lost = await cloud.instance(SubnetId);
    await eventually(() => expect(driver.isHeld(boots.id) && driver.isHeld(lost.id)).to.equal(true));
    driver.running.add(boots.id);
    driver.running.delete(died.id);
    driver.hold = false;
    driver.calls.length = 0;
    const { SecurityGroups: before } = await ec2.describeSecurityGroups();
    await cloud.restart();

    expect((await cloud.ec2.describeSecurityGroups()).SecurityGroups).to.deep.equal(before);
    expect((await cloud.describe(runs.id)).State?.Name).to.equal("running");
    await cloud.becomes(boots.id, "running");
    for (const [id, state] of [
      [died.id, "running"],
      [lost.id, "pending"],
    ] as const) {
      const seen = await cloud.describe(id);
      expect(seen.State?.Name).to.equal("stopped");
      expect(seen.PublicIpAddress).to.equal(undefined);
      expect(seen.StateReason).to.deep.equal({
        Code: "Server.InternalError",
        Message:
          `Server.InternalError: The instance was ${state} when the embedded EC2 ended, ` +
          `and did not run when it began again`,
      });
    }
    expect(driver.calls).to.deep.equal([`start ${boots.id}`]);
    // The fabric is told of the network as it is now.
    const sockets = cloud.networks.at(-1)?.vpcs[0]?.interfaces.map((one) => [one.instanceId, one.socket !== undefined]);
    expect(sockets).to.deep.equal([
      [runs.id, true],
      [died.id, false],
      [boots.id, true],
      [lost.id, false],
    ]);
  });

  it("goes on with terminations and stops that were begun", async () => {
    const SubnetId = await cloud.subnet(await cloud.vpc());
    const ends = await cloud.instance(SubnetId);
    const stops = await cloud.instance(SubnetId);
    const state = JSON.parse(await readFile(cloud.stateFile, "utf8")) as {
      instances: Record<string, { state: string }>;
    };
    Object.assign(state.instances[ends.id] ?? {}, { state: "shutting-down" });
    Object.assign(state.instances[stops.id] ?? {}, { state: "stopping" });
    await cloud.api.close();
    await writeFile(cloud.stateFile, JSON.stringify(state));
    await cloud.open();
    await cloud.becomes(ends.id, "terminated");
    await cloud.becomes(stops.id, "stopped");
    expect([...cloud.driver.running]).to.deep.equal([]);
  });

  it("reads a state from before instances had volumes besides the root", async () => {
    const { id } = await cloud.instance(await cloud.subnet(await cloud.vpc()));
    const [{ Ebs: root } = {}] = (await cloud.describe(id)).BlockDeviceMappings ?? [];
    const state = JSON.parse(await readFile(cloud.stateFile, "utf8")) as {
      instances: Record<string, { volumeId?: string }>;
      volumes: Record<string, { device?: string }>;
    };
    state.instances[id]!.volumeId = root?.VolumeId;
    for (const volume of Object.values(state.volumes)) delete volume.device;
    await cloud.api.close();
    await writeFile(cloud.stateFile, JSON.stringify(state));
    await cloud.open();
    const mappings = (await cloud.describe(id)).BlockDeviceMappings;
    expect(mappings?.map(({ DeviceName, Ebs }) => [DeviceName, Ebs?.VolumeId])).to.deep.equal([
      ["/dev/xvda", root?.VolumeId],
    ]);
  });

  it("refuses a state that it cannot read, and says which and what to do", async () => {
    const message = async (text: string): Promise<string> => {
      const stateFile = `${cloud.folder}/other.json`;
      await writeFile(stateFile, text);
      const opened = Ec2Api.open({
        stateFile,
        driver: new FakeDriver(),
        accessKey: testKey,
        onNetwork: () => undefined,
      });
      return opened.then(
        () => "opened",
        (error: unknown) => (error as Error).message.replaceAll(stateFile, "FILE"),
      );
    };
    const good = await cloud.vpc().then(() => readFile(cloud.stateFile, "utf8"));
    expect(await message(good)).to.equal("opened");
    expect(await message(good.replace('"version":1', '"version":2'))).to.equal(
      "The embedded EC2's state in FILE is of version 2, and this program reads version 1. " +
        "Use the program that wrote it to take the lab down, or move the file away.",
    );
    expect(await message(good.slice(0, -20))).to.match(
      /^The embedded EC2's state in FILE is not JSON: .* Move it away\.$/,
    );
    expect(await message(good.replace('"cidr":', '"cider":'))).to.match(/FILE is broken[\s\S]*cidr/);
    expect(await message("[]")).to.match(/FILE is broken/);
    // As a later version writes it that keeps more: nothing is broken, and nothing is to be moved away.
    expect(
      await message(good.replace('"version":1', '"version":1,"snapshots":{}').replace('"cidr":', '"ipv6":1,"cidr":')),
    ).to.equal(
      "The embedded EC2's state in FILE has what this hardway does not know: ipv6, snapshots. " +
        "A later one wrote it. Use that one, or take the labs down with it first.",
    );
  });

  it("has written a change before it answers, whole and for its owner only", async () => {
    const VpcId = await cloud.vpc();
    expect(await readFile(cloud.stateFile, "utf8")).to.contain(VpcId);
    expect(await readdir(cloud.folder)).to.deep.equal(["ec2.json"]);
  });
});

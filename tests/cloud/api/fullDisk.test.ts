import { rename } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { TestCloud, codeOf, eventually, some } from "./support";

/** A folder that is gone for a while stands for a disk that is full: a write fails, and later ones do not. */
describe("EC2 API: while nothing can be written", () => {
  let cloud: TestCloud;
  let subnet: string;
  let away: string;
  beforeEach(async () => {
    cloud = await TestCloud.start();
    away = `${cloud.folder}-away`;
    subnet = await cloud.subnet(await cloud.vpc());
    await cloud.ec2.modifySubnetAttribute({ SubnetId: subnet, MapPublicIpOnLaunch: { Value: true } });
  });
  afterEach(() => cloud.end());

  /** Time enough for several tries. */
  async function withoutDisk(begin: () => void): Promise<void> {
    await rename(cloud.folder, away);
    begin();
    await eventually(() => expect(cloud.log.join("\n")).to.match(/cannot be written yet/));
    await sleep(600);
    await rename(away, cloud.folder);
  }
  const state = async (id: string) => some((await cloud.describe(id)).State?.Name);
  const toldOnce = () => cloud.log.filter((line) => /cannot be written yet: ENOENT/.test(line)).length;

  it("a machine that has booted is pending, and running when there is room", async () => {
    cloud.driver.hold = true;
    const { id } = await cloud.instance(subnet);
    await eventually(() => expect(cloud.driver.isHeld(id)).to.equal(true));
    await withoutDisk(() => cloud.driver.release(id));
    await cloud.becomes(id, "running");
    expect(toldOnce()).to.equal(1);
    expect((await cloud.describe(id)).PublicIpAddress).to.match(/^127\.77\.0\./);
  });

  it("a machine that has ended by itself becomes stopped, or terminated, when there is room", async () => {
    const stops = await cloud.instance(subnet);
    const ends = await cloud.instance(subnet, { InstanceInitiatedShutdownBehavior: "terminate" });
    await withoutDisk(() => {
      cloud.driver.exit(stops.id);
      cloud.driver.exit(ends.id);
    });
    await cloud.becomes(stops.id, "stopped");
    await cloud.becomes(ends.id, "terminated");
  });

  it("stopping and shutting-down end when there is room", async () => {
    const stops = await cloud.instance(subnet);
    const ends = await cloud.instance(subnet);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const stop = cloud.driver.stop.bind(cloud.driver);
    const terminate = cloud.driver.terminate.bind(cloud.driver);
    cloud.driver.stop = (...call) => held.then(() => stop(...call));
    cloud.driver.terminate = (...call) => held.then(() => terminate(...call));
    await cloud.ec2.stopInstances({ InstanceIds: [stops.id] });
    await cloud.ec2.terminateInstances({ InstanceIds: [ends.id] });
    await withoutDisk(release);
    await cloud.becomes(stops.id, "stopped");
    await cloud.becomes(ends.id, "terminated");
    expect(toldOnce()).to.equal(2);
  });

  it("a launch that cannot be given its address waits for it, and a request is refused and has changed nothing", async () => {
    const claimPublicAddress = cloud.driver.claimPublicAddress.bind(cloud.driver);
    let claim = (): void => undefined;
    const held = new Promise<void>((resolve) => (claim = resolve));
    cloud.driver.claimPublicAddress = (...call) => held.then(() => claimPublicAddress(...call));
    cloud.driver.hold = true;
    const { id } = await cloud.instance(subnet);
    cloud.driver.hold = false;
    let refused = "";
    await withoutDisk(() => {
      claim();
      void codeOf(cloud.ec2.terminateInstances({ InstanceIds: [id] })).then((code) => (refused = code));
    });
    await cloud.becomes(id, "running");
    expect([refused, await state(id)]).to.deep.equal(["InternalError", "running"]);
  });

  it("the service ends all the same", async () => {
    cloud.driver.hold = true;
    const { id } = await cloud.instance(subnet);
    await eventually(() => expect(cloud.driver.isHeld(id)).to.equal(true));
    await rename(cloud.folder, away);
    cloud.driver.release(id);
    await eventually(() => expect(toldOnce()).to.equal(1));
    const began = Date.now();
    await cloud.api.close();
    expect(Date.now() - began).to.be.below(1500);
    await rename(away, cloud.folder);
    cloud.driver.hold = false;
    await cloud.open();
    await cloud.becomes(id, "running");
  });
});

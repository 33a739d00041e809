import { rmSync, writeFileSync } from "node:fs";
import { DescribeVpcsCommand } from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { embeddedEc2 } from "../../cli/lab/cloud";
import { ec2Client } from "../../cli/engine/ec2Client";
import { TestState } from "../support/hardwayCli";

/** As when two users of a computer make their first labs at the same moment. */
describe("two embedded EC2s that start at once", () => {
  let states: TestState[];

  before(() => {
    states = [new TestState("one"), new TestState("two")];
  });

  after(async () => {
    await Promise.all(states.map((state) => state.remove()));
    for (const state of states) expect(state.processes()).to.deep.equal([]);
  });

  it("listen on ports of their own, and are found there again", async () => {
    const started = await Promise.all(states.map(({ cloud }) => cloud.ensure()));
    const urls = started.map(({ status }) => status.url);
    expect(new Set([...urls, ...started.map(({ status }) => status.mirror)]).size).to.equal(4);
    await Promise.all(states.map(({ cloud }) => cloud.stop()));
    const again = await Promise.all(states.map(({ cloud }) => cloud.ensure()));
    expect(again.map(({ status }) => status.url)).to.deep.equal(urls);
    expect(again.map(({ accessKey }) => accessKey)).to.deep.equal(started.map(({ accessKey }) => accessKey));
  });

  it("refuse each other's access key", async () => {
    const [mine, theirs] = (await Promise.all(states.map(({ cloud }) => cloud.ensure()))).map(embeddedEc2);
    const client = ec2Client({ ...theirs!, accessKey: mine!.accessKey, secretKey: mine!.secretKey });
    const error = await client.send(new DescribeVpcsCommand({})).catch((reason: unknown) => reason);
    client.destroy();
    expect(error).to.have.property("name", "AuthFailure");
  });

  it("make a new key where it is lost or cut off, and run with it at once", async () => {
    const { cloud, cloudFiles } = states[0]!;
    const { accessKey: before } = await cloud.ensure();
    for (const content of [undefined, JSON.stringify(before).slice(0, 40)]) {
      rmSync(cloudFiles.accessKey);
      if (content !== undefined) writeFileSync(cloudFiles.accessKey, content);
      const now = await cloud.ensure();
      expect(now.accessKey.secretAccessKey).not.to.equal(before.secretAccessKey);
      const client = ec2Client(embeddedEc2(now));
      expect((await client.send(new DescribeVpcsCommand({}))).Vpcs).to.deep.equal([]);
      client.destroy();
    }
  });
});

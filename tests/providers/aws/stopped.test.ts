import { writeFileSync } from "node:fs";
import path from "node:path";
import { version } from "@pulumi/aws/package.json";
import { expect } from "chai";
import { LabInstance } from "../../../components";
import { shellQuote } from "../../../components/remote/shellQuote";
import { image, TestCloud } from "../../cloud/api/support";
import { TestEngine, type TestStack } from "../engine";
import { publicKey } from "./lab";
import { configOf } from "./server";

const root = path.join(__dirname, "../../..");

describe("a machine that was stopped, under an aws plugin that reads as the official one does", function () {
  this.timeout(180_000);
  let cloud: TestCloud;
  let engine: TestEngine;
  let stack: TestStack;
  let subnetId: string;
  let groupId: string;

  before(async () => {
    cloud = await TestCloud.start();
    engine = await TestEngine.start();
    const launcher = path.join(engine.env["PULUMI_HOME"]!, `plugins/resource-aws-v${version}/pulumi-resource-aws`);
    const files = ["loader/typescript.cjs", "tests/providers/aws/readsLikeTheOfficialOne.ts"];
    const [loader, main] = files.map((file) => shellQuote(path.join(root, file)));
    writeFileSync(launcher, `#!/bin/sh\nexec node --require ${loader} ${main} "$@"\n`);
    stack = await engine.stack("stopped");
    const config = Object.entries(configOf({ url: cloud.url, region: "us-east-1" }));
    await stack.stack.setAllConfig(Object.fromEntries(config.map(([key, value]) => [`aws:${key}`, { value }])));
    const vpcId = await cloud.vpc();
    subnetId = await cloud.subnet(vpcId);
    groupId = await cloud.group(vpcId);
    await cloud.ec2.importKeyPair({ KeyName: "login", PublicKeyMaterial: Buffer.from(publicKey) });
  });
  after(async () => {
    engine?.stop();
    await cloud?.end();
  });

  const program = () => {
    const { instance, host } = new LabInstance("node-0", {
      hostname: "node-0",
      subnetId,
      address: "10.240.0.80",
      securityGroupIds: [groupId],
      loginKey: { keyName: "login", privateKey: "unused" },
      image: { id: image, user: "admin", pinned: true },
      dataVolumeGiB: 1,
    });
    return Promise.resolve({ id: instance.id, host: (host.connection as { host: unknown }).host });
  };
  const up = () => stack.up(program, undefined, { refresh: true });
  const changed = (operations: Record<string, string>) =>
    Object.values(operations).filter((each) => !["same", "refresh"].includes(each));

  it("is never replaced; the program names it, and goes on when it runs again", async () => {
    const first = await up();
    expect(first.error, first.output).to.equal(undefined);
    const { id } = first.outputs as { id: string };
    await cloud.ec2.stopInstances({ InstanceIds: [id] });
    await cloud.becomes(id, "stopped");

    const stopped = await up();
    expect(stopped.output).to.contain(`node-0 (${id}) has no public address. If it is stopped, start it`);
    expect(changed(stopped.operations)).to.deep.equal([]);
    expect((await cloud.describe(id)).State?.Name).to.equal("stopped");

    await cloud.ec2.startInstances({ InstanceIds: [id] });
    await cloud.becomes(id, "running");
    const running = await up();
    expect(running.error, running.output).to.equal(undefined);
    expect(changed(running.operations)).to.deep.equal([]);
    expect(running.outputs).to.deep.equal({ id, host: (await cloud.describe(id)).PublicIpAddress });
  });
});

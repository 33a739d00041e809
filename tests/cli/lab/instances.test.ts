import type { LabKind } from "../../../cli/settings/settings";
import { expect } from "chai";
import { EventEmitter } from "node:events";
import { join } from "node:path";
import { Interrupt } from "../../../cli/interrupt";
import type { Context } from "../../../cli/lab/context";
import { InterruptedError, UserError } from "../../../cli/errors";
import { cloudOfLab, fromCloud } from "../../../cli/lab/cloud";
import {
  labInstances,
  labOf,
  nodeName,
  startInstances,
  stopInstances,
  terminateInstances,
} from "../../../cli/lab/instances";
import { readYaml as readAnyYaml } from "../../../cli/yaml";
import { labPaths, repositoryRoot } from "../../../cli/paths";
import { ec2Error, FakeCloud, instance } from "../fakeCloud";
import { failureOf, RecordedReport, temporaryFolder } from "../support";

/** Planned resources by type and name, as the components' tests hold them. */
const readYaml = readAnyYaml as (file: string) => Record<string, { inputs: { tags: Record<string, string> } }>;
const twoTags = { Name: "x", "hardway:project": "hardway", "hardway:stack": "two" };

describe("instances of the embedded EC2", () => {
  const state = temporaryFolder();
  let cloud: FakeCloud;
  let signals: EventEmitter;
  let report: RecordedReport;
  let context: Context;

  beforeEach(async () => {
    cloud = await FakeCloud.start(state());
    signals = new EventEmitter();
    report = new RecordedReport();
    const interrupt = new Interrupt(() => undefined, signals);
    const paths = labPaths("dev", state());
    // What these functions take of a context; a whole one listens to this process's signals.
    context = { paths, state: state(), cache: join(state(), "cache"), interrupt } as unknown as Context;
    cloud.instances = [
      instance("server"),
      instance("node-1", { state: "stopped" }),
      instance("node-0", { state: "stopped" }),
      instance("other", { state: "stopped", tags: twoTags }),
      instance("old", { state: "terminated" }),
    ];
  });
  afterEach(() => cloud.stop());

  it("belong to the lab that their tags name", () => {
    const tags = { "hardway:project": "hardway", "hardway:stack": "two" };
    expect(labOf({ tags })).to.equal("two");
    expect(labOf({ tags: { ...tags, "hardway:project": "another" } })).to.equal(undefined);
    expect(labOf({ tags: { "hardway:stack": "two" } })).to.equal(undefined);
    expect(labOf({ tags: {} })).to.equal(undefined);
  });

  it("have those tags from the components", () => {
    const planned = readYaml(join(repositoryRoot, "tests/golden/aws/two-zones.yaml"));
    const made = Object.entries(planned).filter(([key]) => key.startsWith("aws:ec2/instance:Instance "));
    const found = made.map(([, { inputs }]) => `${labOf(inputs)} ${inputs.tags["Name"]}`);
    expect(found.sort()).to.deep.equal(["test node-0", "test node-1", "test server"]);
  });

  it("of the lab are listed by name, without terminated ones", async () => {
    const found = await labInstances(context);
    expect(found.map((entry) => `${nodeName(entry)} ${entry.state}`)).to.deep.equal([
      "node-0 stopped",
      "node-1 stopped",
      "server running",
    ]);
    expect((await labInstances({ ...context, paths: labPaths("two", state()) })).map(nodeName)).to.deep.equal([
      "other",
    ]);
  });

  it("without a name are called by their id", () => {
    expect(nodeName({ id: "i-1" })).to.equal("i-1");
  });

  it("are none where the embedded EC2 does not run", async () => {
    await cloud.stop();
    expect(await labInstances(context)).to.deep.equal([]);
    cloud = await FakeCloud.start(state());
  });

  it("that are stopped are started, all in one call, and waited for", async () => {
    expect(await startInstances(context, cloud.ec2, report)).to.deep.equal(["node-0", "node-1"]);
    expect(cloud.calls).to.deep.equal(["StartInstances i-node-0 i-node-1"]);
    expect(report.lines).to.deep.equal(["node-0: booting", "node-1: booting", "node-0.", "node-1."]);
    expect((await labInstances(context)).map((entry) => entry.state)).to.deep.equal(["running", "running", "running"]);
    expect(cloud.instances[3]?.state, "another lab's").to.equal("stopped");
  });

  it("that run are stopped, and nothing is asked of the others", async () => {
    expect(await stopInstances(context, cloud.ec2, report)).to.deep.equal(["server"]);
    expect(cloud.calls).to.deep.equal(["StopInstances i-server"]);
    expect(report.lines).to.deep.equal(["server: shutting down", "server."]);
    expect(await stopInstances(context, cloud.ec2, report)).to.deep.equal([]);
    expect(cloud.calls).to.have.length(1);
  });

  it("on their way are waited for before they are asked", async () => {
    cloud.instances = [instance("node-0", { state: "stopping" })];
    setTimeout(() => (cloud.instances[0]!.state = "stopped"), 300);
    expect(await startInstances(context, cloud.ec2, report)).to.deep.equal(["node-0"]);
    expect(cloud.calls).to.deep.equal(["StartInstances i-node-0"]);
  });

  it("that do not come up are named with the reason, and are not asked for ever", async () => {
    cloud.afterStart = { state: "stopped", stateReason: "Server.InternalError: no memory" };
    const error = await failureOf(() => startInstances(context, cloud.ec2, report));
    expect(error).to.be.instanceOf(UserError);
    expect(error.message).to.equal("node-0 is stopped again: Server.InternalError: no memory");
    expect(cloud.calls).to.have.length(1);
  });

  it("that have lost a file are named with the way out", async () => {
    const stateReason =
      "Server.InternalError: /i-1/identity.json is gone, and i-1 cannot go on without it. Put it back.";
    cloud.afterStart = { state: "stopped", stateReason };
    const error = await failureOf(() => startInstances(context, cloud.ec2, report));
    expect(error.message).to.equal(
      `node-0 is stopped again: ${stateReason}\n"./hardway up --replace node-0" removes it with its disks and makes a new one.`,
    );
  });

  it("that are to be made anew are not started", async () => {
    expect(await startInstances(context, cloud.ec2, report, ["node-0"])).to.deep.equal(["node-1"]);
    expect(cloud.calls).to.deep.equal(["StartInstances i-node-1"]);
  });

  it("that a stack has lost are removed, and nobody else's", async () => {
    expect(await terminateInstances(context, cloud.ec2, report)).to.have.members(["node-0", "node-1", "server"]);
    expect(await labInstances(context)).to.deep.equal([]);
    expect(cloud.instances[3]?.state, "another lab's").to.equal("stopped");
  });

  it("are not waited for after an interrupt", async () => {
    cloud.afterStart = { state: "pending" };
    const ended = failureOf(() => startInstances(context, cloud.ec2, report));
    setTimeout(() => signals.emit("SIGINT"), 200);
    expect(await ended).to.be.instanceOf(InterruptedError);
  });

  it("that the API does not start are a message, not a bug", async () => {
    cloud.refused.set("StartInstances", ec2Error("InsufficientInstanceCapacity", "We do not have enough t2.micro"));
    const error = await failureOf(() => fromCloud(startInstances(context, cloud.ec2, report)));
    expect(error).to.be.instanceOf(UserError);
    expect(error.message).to.equal("We do not have enough t2.micro");
  });

  it("are a message where the embedded EC2 refuses to say", async () => {
    cloud.statusError = "disk full";
    const error = await failureOf(() => labInstances(context));
    expect(error).to.be.instanceOf(UserError);
    expect(error.message).to.equal("The embedded EC2 refused status: disk full");
  });

  it("are looked for where the embedded EC2 listens, and nowhere for other labs", async () => {
    const urlOf = async (kind: LabKind) =>
      (await cloudOfLab({ ...context, settings: { kind } } as Context))?.ec2.endpoint;
    expect(await urlOf("embedded")).to.equal(cloud.url);
    expect(await urlOf("aws")).to.equal(undefined);
    expect(await urlOf("hosts")).to.equal(undefined);
  });
});

describe("errors of cloud/", () => {
  it("are a person's, except those that JavaScript throws", async () => {
    const plain = await failureOf(() => fromCloud(Promise.reject(new Error("no port"))));
    expect(plain).to.be.instanceOf(UserError).and.have.property("message", "no port");
    const bug = await failureOf(() => fromCloud(Promise.reject(new TypeError("x is undefined"))));
    expect(bug).to.be.instanceOf(TypeError);
    const stopped = AbortSignal.abort();
    expect(await failureOf(() => fromCloud(Promise.reject(new Error("aborted")), stopped))).to.be.instanceOf(
      InterruptedError,
    );
  });
});

import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { HardWayLab, parseConfig } from "../../components";
import { TestEngine, type TestStack } from "../providers/engine";
import { sendInstead } from "../support/sentCommands";
import { startSshServer, type SshServer } from "../support/sshServer";

/** A program of somebody's that has the lab inside of a component of its own. */
class Rack extends pulumi.ComponentResource {
  constructor(name: string) {
    super("test:index:Rack", name);
  }
}

/** Of each script only its name is sent. */
const sendNamesOnly = () => sendInstead((script) => `: ${script}`);

/** A host on which every step finds nothing to change. */
const startAnswering = () => startSshServer({ shellFiles: "echo '{\"changed\":false}'; " });

describe("a lab under the real engine", function () {
  this.timeout(240_000);
  let engine: TestEngine;
  let server: SshServer;
  let worker: SshServer;
  let stack: TestStack;

  before(async () => {
    engine = await TestEngine.start();
    [server, worker] = await Promise.all([startAnswering(), startAnswering()]);
    stack = await engine.stack("renamed");
    expect((await stack.up(lab("lab"))).error).to.equal(undefined);
    expect(scripts()).to.include.members(["20-kernel-prep", "30-containerd", "50-pod-routes"]);
  });
  after(async () => {
    await server?.stop();
    await worker?.stop();
    engine?.stop();
  });

  const scripts = () => [server, worker].flatMap(({ commands }) => commands.splice(0).map((text) => text.slice(2)));

  const lab =
    (name: string, { rack, ...opts }: pulumi.ComponentResourceOptions & { rack?: string } = {}) =>
    () => {
      sendNamesOnly();
      const hosts = [
        { name: "server", role: "controller", address: "10.240.0.10", ssh: server.connection() },
        { name: "node-0", role: "worker", address: "10.240.0.80", ssh: worker.connection() },
      ];
      const config = parseConfig({ target: "hosts", hosts }, { directory: "/" });
      new HardWayLab(name, config, { ...opts, ...(rack === undefined ? {} : { parent: new Rack(rack) }) });
      return Promise.resolve({});
    };

  it("has its steps sent over one connection to a host at a time, or two while one ends", () => {
    for (const { counts } of [server, worker]) {
      expect(counts.connections).to.be.greaterThan(2);
      expect(counts.mostLive).to.be.lessThan(3);
    }
  });

  it("has nothing done again on its hosts when its components get to show their arguments", async () => {
    const old = await engine.stack("old");
    const before = () => {
      pulumi.runtime.registerStackTransformation(({ type, opts }) =>
        type.startsWith("hardway:index:") ? { props: {}, opts } : undefined,
      );
      return lab("lab")();
    };
    expect((await old.up(before)).error).to.equal(undefined);
    expect(scripts()).not.to.deep.equal([]);
    const { error, events } = await old.up(lab("lab"));
    expect(error).to.equal(undefined);
    const changed = events.flatMap(({ resourcePreEvent }) => {
      const { type, op } = resourcePreEvent?.metadata ?? { type: "", op: "same" };
      return op === "same" ? [] : [`${op} ${type}`];
    });
    const components = ["HardWayLab", "ReachableHost", "KernelPrep", "ContainerRuntime", "CniConfig", "PodRoutes"];
    expect(new Set(changed)).to.deep.equal(new Set(components.map((type) => `update hardway:index:${type}`)));
    expect(scripts()).to.deep.equal([]);
  });

  for (const [what, program] of [
    ["name", () => lab("home", { aliases: [{ name: "lab" }] })],
    ["parent", () => lab("home", { rack: "rack", aliases: [{ parent: pulumi.rootStackResource }] })],
  ] as const) {
    it(`has nothing done or undone on its hosts with another ${what}, where an alias says the old one`, async () => {
      const { error, operations } = await stack.up(program());
      expect(error).to.equal(undefined);
      const ofLab = Object.entries(operations).filter(([each]) => each !== "rack");
      expect(new Set(ofLab.map(([, operation]) => operation))).to.deep.equal(new Set(["same"]));
      expect(scripts()).to.deep.equal([]);
    });
  }
});

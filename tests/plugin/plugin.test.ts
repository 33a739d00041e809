import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { mendDeletedWith } from "../../plugin/deletedWith";
import { ComponentPlugin } from "../../plugin/provider";
import { schemaFile } from "../../plugin/schema/makeSchema";
import { TestEngine } from "../providers/engine";
import { MockEngine, valueOf } from "../support/mocks";

const plugin = join(__dirname, "../../plugin");

describe("the plugin with the components", function () {
  this.timeout(120_000);

  it("answers the engine with its schema, without a network", async () => {
    const engine = await TestEngine.start();
    try {
      const executable = join(plugin, "pulumi-resource-hardway");
      const output = await engine.succeed(engine.directory, "package", "get-schema", executable);
      const kept = JSON.parse(readFileSync(schemaFile, "utf8")) as unknown;
      expect(withoutEmpty(JSON.parse(output))).to.deep.equal(withoutEmpty(kept));
    } finally {
      engine.stop();
    }
  });

  describe("makes a component", () => {
    let engine: MockEngine;
    beforeEach(async () => (engine = await new MockEngine().start()));

    it("by the name of its class, with all outputs of its schema", async () => {
      const made = await new ComponentPlugin().construct("key", "hardway:index:SshKeyPair", { rotation: "2" }, {});
      expect(await valueOf(pulumi.output(made.urn))).to.match(/::hardway:index:SshKeyPair::key$/);
      expect(made.state).to.have.all.keys("privateKey", "publicKey");
      expect(await valueOf(pulumi.output(made.state["publicKey"]))).to.equal("ssh-ed25519 public-key");
      expect(engine.inputs("command:local:Command", "key")["triggers"]).to.deep.equal(["2"]);
    });

    it("and says which there are, of one that it does not have", async () => {
      const failed = await new ComponentPlugin()
        .construct("x", "hardway:index:Cluster", {}, {})
        .catch((error: Error) => error);
      expect(failed).to.be.instanceOf(Error);
      expect((failed as Error).message).to.match(
        /^hardway has no component hardway:index:Cluster; it has .*SshKeyPair/,
      );
    });
  });

  it("names all arguments that are outputs and may not be, at once", async () => {
    const output = pulumi.output("x");
    const connection = { host: output, privateKey: pulumi.secret("key") };
    const host = { role: "worker", address: output, connection };
    const args = {
      clusterCidr: output,
      hosts: [
        { ...host, name: "node-0" },
        { ...host, name: output },
      ],
      runtimes: { "node-0": { settings: { handlers: ["runc", output] } } },
      registryCredentials: pulumi.secret({}),
    };
    const failed = await new ComponentPlugin()
      .construct("lab", "hardway:index:HardWayLab", args, {})
      .catch((error: Error) => error);
    expect((failed as Error).message).to.match(
      /^clusterCidr, hosts\[1\]\.name, runtimes\[node-0\]\.settings\.handlers\[1\] of hardway:index:HardWayLab lab must be plain/,
    );
  });

  it("mends the URN of deletedWith, from which the SDK has cut off the name", async () => {
    const urn = "urn:pulumi:dev::project::aws:ec2/instance:Instance::machine";
    const deletedWith = new pulumi.DependencyProviderResource(urn);
    expect(await valueOf(deletedWith.urn), "once the SDK is mended, this goes").not.to.equal(urn);
    const mended = await mendDeletedWith({ deletedWith, protect: true });
    expect(mended.protect).to.equal(true);
    expect(await valueOf(mended.deletedWith!.urn)).to.equal(urn);

    const whole = { deletedWith: new pulumi.DependencyResource(urn) };
    expect(await mendDeletedWith(whole)).to.equal(whole);
  });
});

/** What is left of a JSON value without its empty lists and objects, which the engine leaves out or adds. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value)
    .map(([name, inner]) => [name, withoutEmpty(inner)] as const)
    .filter(([, inner]) => typeof inner !== "object" || inner === null || Object.keys(inner).length > 0);
  return Object.fromEntries(kept);
}

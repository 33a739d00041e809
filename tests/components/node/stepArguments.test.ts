import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { ContainerRuntime, KernelPrep, type HostConnection, type KernelPrepArgs } from "../../../components";
import { commandOutput, parseFacts } from "../../../components/remote/commandOutput";
import { TestEngine } from "../../providers/engine";
import { MockEngine, valueIn, valueOf } from "../../support/mocks";

const connection = { host: "192.0.2.10", user: "admin", privateKey: "canary-key", hostKey: "ssh-ed25519 AAAA" };

describe("a step's arguments", () => {
  let engine: MockEngine;
  beforeEach(async () => {
    engine = await new MockEngine(() => ({ changed: false })).start();
  });

  async function prep(args: Partial<KernelPrepArgs>, opts?: pulumi.ComponentResourceOptions): Promise<string> {
    await valueOf(new KernelPrep("x", { connection, ...args }, opts).facts);
    return String(engine.command("x")["create"]);
  }

  it("are the component's inputs, for the state and for policies, but for connections and credentials", async () => {
    const runtime = new ContainerRuntime("x", {
      connection,
      handlers: ["runc", "crun"],
      runAgain: 2,
      registryCredentials: { "docker.io": { username: "me", password: "canary-password" } },
    });
    await valueOf(runtime.facts);
    const inputs = { handlers: ["runc", "crun"], runAgain: 2 };
    expect(engine.inputs("hardway:index:ContainerRuntime", "x")).to.deep.equal(inputs);
  });

  it("let a script have another time than its own", async () => {
    expect(await prep({})).to.contain("timeout -k 10 300 ");
    engine = await new MockEngine(() => ({})).start();
    expect(await prep({ timeoutSeconds: pulumi.output(42) })).to.contain("timeout -k 10 42 ");
    expect(engine.command("x")["delete"]).to.contain("timeout -k 10 42 ");
  });

  it("leave it its own time where an output is undefined", async () => {
    const timeoutSeconds = pulumi.output(undefined as unknown as number);
    const made = new ContainerRuntime("y", { connection, timeoutSeconds });
    await valueOf(made.facts);
    expect(engine.command("y")["create"]).to.contain("timeout -k 10 900 ");
  });

  it("tie it to a machine, only where one is given", async () => {
    expect(await prep({})).not.to.contain("MACHINE");
    engine = await new MockEngine(() => ({})).start();
    expect(valueIn(await prep({ machine: pulumi.output("i-1") }), "MACHINE")).to.equal("i-1");
    expect(engine.command("x")["triggers"]).to.equal(undefined);
  });

  describe("requireHostKey", () => {
    const { hostKey, ...open } = connection;
    const proxy = { ...open, host: "192.0.2.1" };
    for (const [what, given, problem] of [
      ["the host's key", open, "its connection to 192.0.2.10 has no hostKey"],
      ["an empty key", { ...open, hostKey: "" }, "its connection to 192.0.2.10 has no hostKey"],
      ["the proxy's key", { ...connection, proxy }, "its proxy 192.0.2.1 has no hostKey"],
      ["both", { ...open, proxy }, "its connection to 192.0.2.10 and its proxy 192.0.2.1 have no hostKey"],
    ] as const) {
      it(`refuses a connection without ${what}, naming the component`, () => {
        const create = (input: HostConnection) => new KernelPrep("db-1", { connection: input, requireHostKey: true });
        expect(() => create(given)).to.throw(
          `KernelPrep db-1 cannot be made: ${problem}, which requireHostKey demands`,
        );
        expect(engine.names("command:remote:Command")).to.deep.equal([]);
      });
    }

    it("takes pinned ones, and all others without it", async () => {
      await prep({ requireHostKey: true, connection: pulumi.output({ ...connection, proxy: { ...proxy, hostKey } }) });
      engine = await new MockEngine(() => ({})).start();
      await prep({ requireHostKey: false, connection: open });
    });
  });
});

describe("a step's facts", () => {
  for (const [what, stdout, problem] of [
    ["an empty text", "", "there is no output"],
    ["something else", "bye\n", 'is "bye"'],
    ["a number", "{}\n7\n", 'is "7"'],
  ] as const) {
    it(`are missed in one sentence where a mock prints ${what}`, () => {
      expect(() => parseFacts("x", stdout)).to.throw(
        `x printed no facts: the last line of its output must be an object in JSON, and ${problem}. In a test its mock has ` +
          "to print them, as hardwayMocks of hardway/testing does",
      );
    });
  }

  it("are missed by the component whose host printed nothing", async () => {
    const newResource = ({ name, inputs }: pulumi.runtime.MockResourceArgs) => ({
      id: name,
      state: { ...(inputs as object), stdout: "" },
    });
    await pulumi.runtime.setMocks({ newResource, call: () => ({}) });
    const { facts } = new KernelPrep("db-1", { connection });
    const problem = await (facts as unknown as { promise(): Promise<unknown> })
      .promise()
      .catch((error: Error) => error);
    expect(String(problem)).to.contain("db-1 printed no facts").and.to.contain("there is no output");
  });

  it("are missed with what a test has to do where its mock prints nothing at all", () => {
    expect(() => commandOutput("x", undefined)).to.throw(
      "In a test its mock has to print something, as hardwayMocks of",
    );
  });
});

describe("what a step cannot do that is known only late", function () {
  this.timeout(60_000);
  let engine: TestEngine;
  before(async () => (engine = await TestEngine.start()));
  after(() => engine?.stop());

  for (const [what, program, problem] of [
    [
      "a runtime's version",
      () => new ContainerRuntime("x", { connection, runtimeVersion: pulumi.output("1") }),
      "runtimeVersion must not be set with source",
    ],
    [
      "no host key",
      () => new KernelPrep("db-1", { connection: pulumi.output({ host: "192.0.2.10" }), requireHostKey: true }),
      "KernelPrep db-1 cannot be made: its connection to 192.0.2.10 has no hostKey",
    ],
  ] as const) {
    it(`is refused in a preview: ${what}`, async () => {
      const stack = await engine.stack(what.replace(/\W+/g, "-"));
      const { error, output } = await stack.preview(() => Promise.resolve(void program()));
      expect(error).not.to.equal(undefined);
      expect(output).to.contain(problem);
    });
  }
});

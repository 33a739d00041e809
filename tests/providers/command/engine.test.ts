import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { startSshServer, type SshServer } from "../../support/sshServer";
import { diagnostics, TestEngine, type TestStack } from "../engine";

type Arguments = Omit<command.remote.CommandArgs, "connection">;

describe("the command plugin under the real engine", function () {
  this.timeout(240_000);
  let engine: TestEngine;
  let server: SshServer;
  let elsewhere: SshServer;

  before(async () => {
    engine = await TestEngine.start();
    server = await startSshServer({ acceptEnv: ["CANARY"] });
    elsewhere = await startSshServer();
  });
  after(async () => {
    await server?.stop();
    await elsewhere?.stop();
    engine?.stop();
  });

  const remote = (name: string, args: Arguments, options?: pulumi.CustomResourceOptions) =>
    new command.remote.Command(
      name,
      { connection: server.connection(), logging: "none", addPreviousOutputInEnv: false, ...args },
      options,
    );

  describe("one property changes", () => {
    let stack: TestStack;
    const create = "echo made >>log";
    const first = { create, triggers: ["one"], stdin: "i" };
    const changes: Record<string, { after: Arguments; operation: string; connection?: boolean }> = {
      nothing: { after: {}, operation: "same" },
      create: { after: { create: "echo again" }, operation: "update" },
      update: { after: { update: "echo update" }, operation: "update" },
      delete: { after: { delete: "echo deleted" }, operation: "update" },
      stdin: { after: { stdin: "j" }, operation: "update" },
      environment: { after: { environment: { CANARY: "x" } }, operation: "update" },
      logging: { after: { logging: "stderr" }, operation: "update" },
      connection: { after: {}, operation: "update", connection: true },
      triggers: { after: { triggers: ["two"] }, operation: "replace" },
      "triggers beside update": { after: { triggers: ["two"], update: "echo u" }, operation: "replace" },
      "more triggers": { after: { triggers: ["one", "two"] }, operation: "replace" },
    };

    const program = (changed: boolean) => async () => {
      for (const [name, { after, connection }] of Object.entries(changes)) {
        const target = changed && connection ? { connection: elsewhere.connection() } : {};
        remote(name, { ...first, ...(changed ? after : {}), ...target });
      }
      new command.local.Command("local", { create: `echo ${changed ? "new" : "old"}` });
      new command.local.Command("local triggers", { create: "true", triggers: [changed] });
      return Promise.resolve({});
    };

    before(async () => {
      stack = await engine.stack("changes");
      const { error, operations } = await stack.up(program(false));
      expect(error).to.equal(undefined);
      expect(new Set(Object.values(operations))).to.deep.equal(new Set(["create"]));
    });

    it("and nothing happens without a change, not even a connection", async () => {
      const before = server.counts.connections;
      const { error, operations, events } = await stack.up(program(false));
      expect(error).to.equal(undefined);
      expect(new Set(Object.values(operations))).to.deep.equal(new Set(["same"]));
      expect(server.counts.connections).to.equal(before);
      expect(diagnostics(events, "warning")).to.deep.equal([]);
    });

    it("and a preview says what an update does, without a connection", async () => {
      const expected = {
        ...Object.fromEntries(Object.entries(changes).map(([name, { operation }]) => [name, operation])),
        ...{ local: "update", "local triggers": "replace" },
      };
      // The last step that the engine announces for a replaced resource is the removal of the old one.
      const plainly = (operations: Record<string, string>) =>
        Object.fromEntries(Object.entries(operations).map(([name, op]) => [name, /replace/.test(op) ? "replace" : op]));
      const before = server.counts.connections + elsewhere.counts.connections;
      expect(plainly((await stack.preview(program(true))).operations)).to.deep.equal(expected);
      expect(server.counts.connections + elsewhere.counts.connections).to.equal(before);

      const { error, operations } = await stack.up(program(true));
      expect(error).to.equal(undefined);
      expect(plainly(operations)).to.deep.equal(expected);
      expect(elsewhere.commands).to.deep.equal([create]);
      expect((await stack.state()).local?.outputs.stdout).to.equal("new");
    });
  });

  describe("order", () => {
    const steps = () => server.commands.filter((each) => each.startsWith(": ")).map((each) => each.slice(2));
    beforeEach(() => (server.commands.length = 0));

    it("replaces by create and then delete, or delete first when asked so, with the old delete", async () => {
      const stack = await engine.stack("order");
      const program = (generation: number) => async () => {
        const args = (name: string) => ({
          create: `: create-${name}${generation}`,
          update: `: update-${name}${generation}`,
          delete: `: delete-${name}${generation}`,
          triggers: [generation],
        });
        const plain = remote("plain", args("a"));
        remote("first", args("b"), { deleteBeforeReplace: true, dependsOn: plain });
        return Promise.resolve({});
      };
      expect((await stack.up(program(1))).error).to.equal(undefined);
      expect(steps().splice(0)).to.deep.equal(["create-a1", "create-b1"]);
      server.commands.length = 0;
      expect((await stack.up(program(2))).error).to.equal(undefined);
      const ran = steps();
      expect(ran).to.have.members(["create-a2", "delete-b1", "create-b2", "delete-a1"]);
      const before = (earlier: string, later: string) =>
        expect(ran.indexOf(earlier), `${earlier} before ${later}`).to.be.below(ran.indexOf(later));
      before("create-a2", "delete-a1");
      before("delete-b1", "create-b2");
      server.commands.length = 0;
      expect((await stack.destroy()).error).to.equal(undefined);
      expect(steps()).to.deep.equal(["delete-b2", "delete-a2"]);
      expect(server.counts.live).to.equal(0);
    });
  });

  it("keeps secrets out of state, log and errors", async () => {
    const stack = await engine.stack("secrets");
    const connection = server.connection();
    const canary = (name: string) => pulumi.secret(`${name}-canary`);
    const program = (create: pulumi.Input<string>) => async () => {
      const environment = { CANARY: canary("environment") };
      const options = { additionalSecretOutputs: ["stdout"] };
      const made = new command.remote.Command(
        "c",
        { connection, create, stdin: canary("stdin"), environment },
        options,
      );
      return Promise.resolve({ stdout: made.stdout });
    };
    const good = await stack.up(program(pulumi.interpolate`${canary(": create")}; cat; echo $CANARY`));
    expect(good.error).to.equal(undefined);
    expect(server.commands.at(-1)).to.equal(": create-canary; cat; echo $CANARY");
    const bad = await stack.up(program(pulumi.interpolate`${canary(": other")}; cat; echo $CANARY; exit 1`));
    expect(bad.error).to.match(/Process exited with status 1: running "\[secret\]"/);
    const keyLine = connection.privateKey.split("\n")[1] ?? "";
    for (const { output, error, events } of [good, bad]) {
      // @pulumi/pulumi's own debug messages hold everything; the engine shows them only with --debug.
      const visible = events.filter(({ diagnosticEvent }) => (diagnosticEvent?.severity as string) !== "debug");
      const shown = output + (error ?? "") + JSON.stringify(visible);
      expect(shown).not.to.contain("-canary").and.not.to.contain(keyLine);
    }
    expect(engine.backendText()).not.to.contain("-canary").and.not.to.contain(keyLine);
    const signature = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };
    const { inputs, outputs } = (await stack.state()).c ?? expect.fail("c is not in the state");
    for (const value of [inputs.connection, outputs.connection, outputs.stdin, outputs.create, outputs.stdout]) {
      expect(value).to.deep.include(signature);
    }
  });

  it("shows output as it comes, and wrong inputs before anything runs", async () => {
    const stack = await engine.stack("log");
    const before = server.commands.length;
    const wrong = await stack.up(() => {
      remote("c", { create: "true" });
      const args = { host: "h", privatekey: "private-canary" } as unknown as command.types.input.remote.ConnectionArgs;
      new command.remote.Command("wrong", { connection: args, create: "true" });
      return Promise.resolve({});
    });
    expect(wrong.output).to.contain("Unknown property 'connection.privatekey'; did you mean 'connection.privateKey'?");
    expect(wrong.output).not.to.contain("canary");
    const shown = await stack.up(() => {
      remote("c", { create: "echo to see; echo and this >&2", logging: "stdoutAndStderr" });
      return Promise.resolve({});
    });
    expect(shown.error).to.equal(undefined);
    const lines = diagnostics(shown.events, "info").flatMap((message) => message.trim().split("\n"));
    expect(lines).to.include.members(["to see", "and this"]);
    expect(server.commands.length).to.be.at.most(before + 2);
  });

  it("ends soon after Ctrl-C, and the remote command with it", async () => {
    const stack = await engine.stack("cancel");
    let cancelled = 0;
    const outcome = await stack.up(
      () => {
        remote("c", { create: "echo begun; sleep 60", logging: "stdout" });
        return Promise.resolve({});
      },
      (events) => {
        const begun = diagnostics(events, "info").some((message) => message.includes("begun"));
        if (begun && cancelled === 0) cancelled = Date.now();
        return begun;
      },
    );
    expect(outcome.error).to.contain("cancelled");
    expect(Date.now() - cancelled).to.be.below(30_000);
    expect(server.running()).to.equal(0);
  });
});

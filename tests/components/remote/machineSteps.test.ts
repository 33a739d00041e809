import { expect } from "chai";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { childOptions, machineValue } from "../../../components/remote/childOptions";
import { TestEngine } from "../../providers/engine";
import { startSshServer, type SshServer } from "../../support/sshServer";

/** A component that works on a host, with one resource inside, as all of ours are. */
class Step extends pulumi.ComponentResource {
  readonly done: pulumi.Output<string>;

  constructor(
    name: string,
    connection: pulumi.Input<command.types.input.remote.ConnectionArgs>,
    opts: pulumi.ComponentResourceOptions,
    kind = "",
  ) {
    super("hardway:index:Step", name, {}, opts);
    const made = new command.remote.Command(
      name,
      {
        connection,
        create: pulumi
          .all(machineValue(childOptions(this, opts)))
          .apply(({ MACHINE }) => `: do-${name}${kind} ${MACHINE}`),
        delete: `: undo-${name}${kind}`,
        ...(kind === "" ? {} : { triggers: [kind] }),
        logging: "stderr",
        addPreviousOutputInEnv: false,
      },
      pulumi.mergeOptions({ deleteBeforeReplace: true }, childOptions(this, opts)),
    );
    this.done = made.stdout;
    this.registerOutputs({});
  }
}

describe("steps that are tied to a machine, under the real engine", function () {
  this.timeout(240_000);
  let engine: TestEngine;
  let server: SshServer;

  before(async () => {
    engine = await TestEngine.start();
    server = await startSshServer();
  });
  after(async () => {
    await server?.stop();
    engine?.stop();
  });

  const steps = () =>
    server.commands
      .splice(0)
      .filter((each) => each.startsWith(": "))
      .map((each) => each.slice(2).split(" ")[0]);

  /** A machine that is replaced when its generation changes, and two steps on it, one after the other. */
  const program =
    (generation: number, connection = server.connection()) =>
    () => {
      const machine = new command.local.Command(
        "machine",
        { create: "true", triggers: [generation] },
        { deleteBeforeReplace: true },
      );
      const tied = { deletedWith: machine };
      const reached = machine.stdout.apply(() => connection);
      const first = new Step("first", reached, tied);
      new Step("second", reached, { ...tied, dependsOn: first });
      return Promise.resolve({});
    };

  it("are done once, and again on the machine that replaces it, and never undone there", async () => {
    const stack = await engine.stack("tied");
    expect((await stack.up(program(1))).error).to.equal(undefined);
    expect(steps()).to.deep.equal(["do-first", "do-second"]);

    const again = await stack.up(program(1));
    expect(again.error).to.equal(undefined);
    expect(new Set(Object.values(again.operations))).to.deep.equal(new Set(["same"]));

    expect((await stack.up(program(2))).error).to.equal(undefined);
    expect(steps()).to.deep.equal(["do-first", "do-second"]);

    expect((await stack.destroy()).error).to.equal(undefined);
    expect(steps()).to.deep.equal([]);
  });

  it("are undone before another kind of them is done, and no later step with them", async () => {
    const stack = await engine.stack("kinds");
    const runtimes = (kind: string) => () => {
      const runtime = new Step("runtime", server.connection(), {}, kind);
      new Step("network", server.connection(), { dependsOn: runtime });
      return Promise.resolve({});
    };
    expect((await stack.up(runtimes("-containerd"))).error).to.equal(undefined);
    expect(steps()).to.deep.equal(["do-runtime-containerd", "do-network"]);
    expect((await stack.up(runtimes("-crio"))).error).to.equal(undefined);
    expect(steps()).to.deep.equal(["undo-runtime-containerd", "do-runtime-crio"]);
    expect((await stack.destroy()).error).to.equal(undefined);
    expect(steps()).to.deep.equal(["undo-network", "undo-runtime-crio"]);
  });

  it("are done on the machine that is made where the old one was found missing", async () => {
    const stack = await engine.stack("missing");
    expect((await stack.up(program(1))).error).to.equal(undefined);
    expect(steps()).to.deep.equal(["do-first", "do-second"]);

    // What a refresh leaves when the cloud knows the machine no more.
    const exported = await stack.stack.exportStack();
    const deployment = exported.deployment as { resources: Record<string, unknown>[] };
    const lost = deployment.resources.find(({ urn }) => String(urn).endsWith("::machine"))?.["urn"] as string;
    deployment.resources = deployment.resources
      .filter(({ urn }) => urn !== lost)
      .map(({ deletedWith: _deletedWith, propertyDependencies: _properties, dependencies, ...rest }) => ({
        ...rest,
        dependencies: ((dependencies ?? []) as string[]).filter((urn) => urn !== lost),
      }));
    await stack.stack.importStack(exported);

    expect((await stack.up(program(1))).error).to.equal(undefined);
    expect(steps()).to.deep.equal(["do-first", "do-second"]);
    expect((await stack.destroy()).error).to.equal(undefined);
    expect(steps()).to.deep.equal([]);
  });

  it("do not keep a dead machine from being removed", async () => {
    const stack = await engine.stack("dead");
    const other = await startSshServer();
    try {
      expect((await stack.up(program(1, other.connection()))).error).to.equal(undefined);
    } finally {
      await other.stop();
    }
    // Undoing a step there would fail for want of a connection.
    expect((await stack.destroy()).error).to.equal(undefined);
  });
});

import { expect } from "chai";
import { startSshServer, type SshServer } from "../../support/sshServer";
import { CommandPlugin, eventually, failureOf, secret, unknown } from "../pluginProcess";

const type = "command:remote:Command";

describe("command:remote:Command", () => {
  let server: SshServer;
  let plugin: CommandPlugin;
  /** Inputs of a command on the test server. */
  const inputs = (create: string, more: object = {}) => ({ connection: secret(server.connection()), create, ...more });

  before(async () => {
    server = await startSshServer({ acceptEnv: ["GREETING", "PULUMI_COMMAND_STDOUT", "PULUMI_COMMAND_STDERR"] });
    plugin = await CommandPlugin.start({ SSH_AUTH_SOCK: "/nonexistent/agent.sock" });
  });
  after(async () => {
    await plugin?.stop();
    await server?.stop();
  });
  beforeEach(() => void (plugin.log.length = 0));

  describe("create", () => {
    it("runs the command on the host and returns what it printed, without one last line end", async () => {
      const { id, outputs } = await plugin.create(type, inputs("echo out; echo; pwd >&2; echo $USER >&2"));
      expect(id).to.match(/^resource[0-9a-f]{8}$/);
      expect(outputs).to.include({ stdout: "out\n", stderr: `${server.home}\nadmin` });
    });

    it("gives back its inputs, secrets as secrets", async () => {
      const given = inputs("true", { stdin: secret("s"), triggers: [1, { a: "b" }] });
      const { outputs } = await plugin.create(type, given);
      expect(outputs).to.deep.equal({ ...given, stdout: "", stderr: "" });
    });

    it("runs nothing without create", async () => {
      const before = server.counts.connections;
      const { outputs } = await plugin.create(type, { connection: secret(server.connection()) });
      expect(outputs).to.include({ stdout: "", stderr: "" });
      expect(server.counts.connections).to.equal(before);
    });

    it("connects to nothing in a preview, and does not know the outputs", async () => {
      const before = server.counts.connections;
      const { outputs } = await plugin.create(type, inputs("echo x"), { preview: true });
      expect(outputs).to.include({ stdout: unknown, stderr: unknown, create: "echo x" });
      expect(server.counts.connections).to.equal(before);
    });

    it("passes stdin, and an end of input where there is none", async () => {
      const text = "line one\nzwei ä\n";
      expect((await plugin.create(type, inputs("cat", { stdin: text }))).outputs.stdout).to.equal(text.trimEnd());
      expect((await plugin.create(type, inputs("cat; echo end"))).outputs.stdout).to.equal("end");
    });

    it("does not mind a command that leaves its input unread", async () => {
      const { outputs } = await plugin.create(type, inputs("true", { stdin: "x".repeat(3_000_000) }));
      expect(outputs.stdout).to.equal("");
    });

    it("keeps a line of 70,000 bytes, 10 MB of lines, and bytes that are not UTF-8", async () => {
      const long = await plugin.create(type, inputs("head -c 70000 /dev/zero | tr '\\0' x"));
      expect(long.outputs.stdout).to.equal("x".repeat(70_000));
      expect(plugin.lines().join("")).to.equal("x".repeat(70_000));
      const big = await plugin.create(type, inputs(`yes ${"y".repeat(99)} | head -c 10000000`));
      expect(big.outputs.stdout).to.equal(`${"y".repeat(99)}\n`.repeat(100_000).slice(0, -1));
      const binary = await plugin.create(type, inputs("printf 'a\\377\\000b'", { logging: "none" }));
      expect(binary.outputs.stdout).to.equal("a\ufffd\0b");
    });

    it("opens one connection and closes it", async () => {
      const before = server.counts.connections;
      await plugin.create(type, inputs("true"));
      await failureOf(plugin.create(type, inputs("false")));
      expect(server.counts.connections).to.equal(before + 2);
      await eventually(() => server.counts.live === 0);
    });
  });

  describe("a failing command", () => {
    it("is reported with its status, its text and its output", async () => {
      const error = await failureOf(plugin.create(type, inputs('echo "to see"; echo worse >&2; exit 3')));
      expect(error).to.match(/^Process exited with status 3: running "echo \\"to see\\"; echo worse >&2; exit 3":\n/);
      expect(error).to.contain("to see\n").and.to.contain("worse\n");
    });

    it("is reported with its signal", async () => {
      expect(await failureOf(plugin.create(type, inputs("kill -KILL $$")))).to.match(
        /^Process exited from signal KILL: running "kill -KILL \$\$":\n$/,
      );
    });

    it("is reported with the end of a long output", async () => {
      const error = await failureOf(plugin.create(type, inputs("yes ü | head -c 200000; echo the end; exit 1")));
      expect(error)
        .to.match(/the end\n$/)
        .and.to.contain("[...]");
      expect(error.length).to.be.below(17_000);
    });
  });

  describe("logging", () => {
    for (const [logging, lines] of Object.entries({
      stdout: ["o"],
      stderr: ["e"],
      stdoutAndStderr: ["e", "o"],
      none: [],
    })) {
      it(`shows ${logging}`, async () => {
        const { outputs } = await plugin.create(type, inputs("echo o; echo e >&2", { logging }));
        expect(outputs).to.include({ stdout: "o", stderr: "e" });
        expect(plugin.lines().sort()).to.deep.equal(lines);
      });
    }

    it("shows both by default, and lines as they come", async () => {
      const done = plugin.create(type, inputs("echo first; echo e >&2; until [ -e go ]; do sleep 0.05; done; rm go"));
      await eventually(() => plugin.lines().length === 2);
      expect(plugin.lines().sort()).to.deep.equal(["e", "first"]);
      await plugin.create(type, inputs("touch go"));
      await done;
    });
  });

  describe("environment", () => {
    it("is sent as SSH environment requests", async () => {
      const { outputs } = await plugin.create(
        type,
        inputs("echo $GREETING", { environment: { GREETING: "a 'b' $c" } }),
      );
      expect(outputs.stdout).to.equal("a 'b' $c");
    });

    it("fails before the command runs when the server does not accept a variable", async () => {
      const error = await failureOf(plugin.create(type, inputs("touch ran", { environment: { OTHER: "x" } })));
      expect(error).to.contain('could not set environment variable "OTHER"').and.to.contain("AcceptEnv");
      expect(server.commands.at(-1)).not.to.equal("touch ran");
    });

    it("holds the previous output in update and delete, unless addPreviousOutputInEnv is false", async () => {
      const show = 'echo "$PULUMI_COMMAND_STDOUT/$PULUMI_COMMAND_STDERR"';
      const state = (await plugin.create(type, inputs("echo one; echo two >&2"))).outputs;
      const updated = await plugin.update(type, state, inputs("true", { update: show }));
      expect(updated.stdout).to.equal("one/two");
      const without = inputs("true", { update: show, addPreviousOutputInEnv: false });
      expect((await plugin.update(type, state, without)).stdout).to.equal("/");
      await plugin.delete(type, { ...state, delete: `${show} >deleted` });
      expect((await plugin.create(type, inputs("cat deleted"))).outputs.stdout).to.equal("one/two");
    });

    it("warns about a previous output that the server or the system does not take, and goes on", async () => {
      const strict = await startSshServer();
      const state = { connection: strict.connection(), stdout: "x", stderr: "y".repeat(200_000) };
      const updated = await plugin.update(type, state, { connection: strict.connection(), create: "echo fine" });
      await strict.stop();
      expect(updated.stdout).to.equal("fine");
      const warnings = plugin.log.filter(({ severity }) => severity === 2).map(({ line }) => line);
      expect(warnings).to.have.length(2);
      expect(warnings.join()).to.contain("PULUMI_COMMAND_STDERR is not set: the previous output is too long");
      expect(warnings.join()).to.contain("Unable to set 'PULUMI_COMMAND_STDOUT'");
    });
  });

  describe("update", () => {
    it("runs update, or else create, or else nothing", async () => {
      const state = { ...inputs("echo old"), stdout: "old", stderr: "" };
      expect((await plugin.update(type, state, inputs("echo c", { update: "echo u" }))).stdout).to.equal("u");
      expect((await plugin.update(type, state, inputs("echo c"))).stdout).to.equal("c");
      const none = { connection: secret(server.connection()), stdin: "new" };
      expect(await plugin.update(type, state, none)).to.deep.equal({ ...none, stdout: "old", stderr: "" });
    });

    it("runs nothing when a value only became a secret, and returns it as one", async () => {
      const ran = server.commands.length;
      const state = { ...inputs("echo x", { stdin: "word" }), stdout: "kept", stderr: "" };
      const updated = await plugin.update(type, state, inputs("echo x", { stdin: secret("word") }));
      expect(updated).to.deep.include({ stdin: secret("word"), stdout: "kept" });
      expect(server.commands).to.have.length(ran);
    });

    it("does not know the outputs in a preview", async () => {
      const updated = await plugin.update(type, { ...inputs("a"), stdout: "a", stderr: "" }, inputs("b"), true);
      expect(updated).to.include({ stdout: unknown, stderr: unknown });
    });
  });

  describe("delete", () => {
    it("runs the delete of the state, and connects to nothing without one", async () => {
      await plugin.delete(type, inputs("true", { delete: "touch gone" }));
      expect(server.commands.at(-1)).to.equal("touch gone");
      const before = server.counts.connections;
      await plugin.delete(type, inputs("true"));
      expect(server.counts.connections).to.equal(before);
    });
  });

  describe("secrets", () => {
    it("never appear in errors or the log", async () => {
      const given = {
        connection: secret(server.connection()),
        create: secret(": create-canary; cat; echo $GREETING; exit 1"),
        stdin: secret("stdin-canary\nsecond line canary"),
        environment: { GREETING: secret("environment-canary") },
      };
      const error = await failureOf(plugin.create(type, given));
      const shown = error + plugin.lines().join("\n");
      expect(shown).not.to.match(/canary|PRIVATE KEY/);
      expect(plugin.lines()).to.deep.equal(["[secret]", "[secret][secret]"]);
      expect(error).to.match(/^Process exited with status 1: running "\[secret\]":\n/);
    });
  });
});

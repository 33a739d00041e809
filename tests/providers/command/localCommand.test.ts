import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { globPattern } from "../../../providers/command/assets";
import { CommandPlugin, eventually, failureOf, secret, unknown } from "../pluginProcess";

const type = "command:local:Command";
const signature = "4dabf18193072939515e22adb298388d";

describe("command:local:Command", () => {
  let plugin: CommandPlugin;
  let directory: string;
  before(async () => {
    directory = realpathSync(mkdtempSync(path.join(tmpdir(), "hardway-local-")));
    for (const file of ["assets/logos/logo.svg", "src/index.js", "src/secret.js", "src/deep/x.js"]) {
      mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
      writeFileSync(path.join(directory, file), file);
    }
    plugin = await CommandPlugin.start({}, directory);
  });
  after(async () => {
    await plugin?.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  beforeEach(() => void (plugin.log.length = 0));

  it("runs with /bin/sh -c in the program's directory, with stdin, environment and log", async () => {
    const inputs = { create: "cat; pwd; echo $A >&2", stdin: secret("in-canary\n"), environment: { A: "b" } };
    const { id, outputs } = await plugin.create(type, inputs);
    expect(id).to.match(/^resource[0-9a-f]{8}$/);
    expect(outputs).to.deep.equal({ ...inputs, stdout: `in-canary\n${directory}`, stderr: "b" });
    expect(plugin.lines().sort()).to.deep.equal([directory, "[secret]", "b"].sort());
  });

  it("leaves nothing of its own launcher in the environment", async () => {
    const { outputs } = await plugin.create(type, { create: "env" });
    expect(outputs.stdout).not.to.contain("TSX_TSCONFIG_PATH");
  });

  it("honours interpreter and dir", async () => {
    const inputs = {
      create: "console.log(process.cwd())",
      interpreter: ["node", "-e"],
      dir: path.join(directory, "src"),
    };
    expect((await plugin.create(type, inputs)).outputs.stdout).to.equal(path.join(directory, "src"));
  });

  it("runs update, create, delete in turn with the previous output", async () => {
    const show = "echo $PULUMI_COMMAND_STDOUT";
    const state = (await plugin.create(type, { create: "echo one" })).outputs;
    expect((await plugin.update(type, state, { create: "echo c", update: show })).stdout).to.equal("one");
    expect((await plugin.update(type, state, { create: "echo c" })).stdout).to.equal("c");
    await plugin.delete(type, { ...state, delete: `${show} >deleted` });
    expect((await plugin.create(type, { create: "cat deleted; rm deleted" })).outputs.stdout).to.equal("one");
  });

  it("returns files as assets and as an archive, by the documented globs", async () => {
    const hash = (text: string) => createHash("sha256").update(text).digest("hex");
    const asset = (file: string) => ({
      [signature]: "c44067f5952c0a294b673a41bacd8c17",
      path: path.join(directory, file),
      hash: hash(file),
    });
    const globs = ["assets/**", "src/**.js", "!**secret.*"];
    const { outputs } = await plugin.create(type, { create: "true", assetPaths: globs, archivePaths: ["src/*.js"] });
    expect(outputs.assets).to.deep.equal({
      "assets/logos/logo.svg": asset("assets/logos/logo.svg"),
      "src/deep/x.js": asset("src/deep/x.js"),
      "src/index.js": asset("src/index.js"),
    });
    expect(outputs.archive).to.deep.include({
      [signature]: "0def7320c3a5731c473e5ecbe6d01bc7",
      assets: { "src/index.js": asset("src/index.js"), "src/secret.js": asset("src/secret.js") },
    });
    const again = await plugin.create(type, { create: "true", archivePaths: ["src/*.js"] });
    expect(again.outputs.archive).to.deep.equal(outputs.archive);
  });

  it("knows none of its outputs in a preview", async () => {
    const { outputs } = await plugin.create(type, { create: "touch ran", assetPaths: ["x"] }, { preview: true });
    expect(outputs).to.include({ stdout: unknown, stderr: unknown, assets: unknown });
    expect(outputs).not.to.have.property("archive");
  });

  it("reports status, signal, and what cannot be run", async () => {
    expect(await failureOf(plugin.create(type, { create: "echo x; exit 3" }))).to.equal(
      'exit status 3: running "echo x; exit 3":\nx\n',
    );
    expect(await failureOf(plugin.create(type, { create: "kill -KILL $$" }))).to.match(/^signal: SIGKILL: running/);
    expect(await failureOf(plugin.create(type, { create: "true", dir: "none" }))).to.match(
      /^chdir none: no such directory/,
    );
    expect(await failureOf(plugin.create(type, { create: "a", interpreter: ["no-such-shell"] }))).to.match(/ENOENT/);
  });

  it("has standard streams that can be opened as files", async () => {
    const create = "cat /dev/stdin; echo out >/dev/stdout; echo err >>/dev/stderr; echo both | tee /dev/stderr";
    const { outputs } = await plugin.create(type, { create, stdin: "in\n" });
    expect(outputs).to.include({ stdout: "in\nout\nboth", stderr: "err\nboth" });
    expect((await plugin.create(type, { create: "cat /dev/stdin" })).outputs.stdout).to.equal("");
  });

  it("passes on input and output of any size, in order, and the status of a command that has input", async () => {
    const stdin = Array.from({ length: 200_000 }, (_, line) => `line ${line}`).join("\n");
    const { outputs } = await plugin.create(type, { create: "tee /dev/stderr", stdin, logging: "none" });
    expect(outputs.stdout === stdin && outputs.stderr === stdin).to.equal(true);
    expect((await plugin.create(type, { create: "exec true", stdin })).outputs.stdout).to.equal("");
    expect(await failureOf(plugin.create(type, { create: "read line; exit 3", stdin }))).to.match(/^exit status 3: /);
    const missing = plugin.create(type, { create: "a", interpreter: ["no-such-shell"], stdin: "in" });
    expect(await failureOf(missing)).to.match(/^exit status 127: running "a":\n.*no-such-shell/);
  });

  it("stops the command and what it started when the update is cancelled", async () => {
    const error = failureOf(plugin.create(type, { create: "sleep 61.5 & echo begun; wait" }));
    await eventually(() => plugin.lines().includes("begun"));
    const start = Date.now();
    await plugin.cancel();
    expect(await error).to.match(/^cancelled: running/);
    expect(Date.now() - start).to.be.below(10_000);
  });
});

describe("globs", () => {
  const cases: [glob: string, matches: string[], others: string[]][] = [
    ["*.txt", ["a.txt", ".txt"], ["a/b.txt", "a.txt.gz"]],
    ["**.txt", ["a.txt", "a/b.txt"], ["a.text"]],
    ["a?c", ["abc"], ["a/c", "ac"]],
    ["[a-c]x", ["bx"], ["dx"]],
    ["[!a-c]x", ["dx"], ["ax"]],
    ["{one,t*o}.js", ["one.js", "two.js"], ["three.js", "one,t.js"]],
    ["a+(b).js", ["a+(b).js"], ["aab.js"]],
    ["\\*", ["*"], ["a"]],
  ];
  for (const [glob, matches, others] of cases) {
    it(glob, () => {
      expect(matches.filter((file) => globPattern(glob).test(file))).to.deep.equal(matches);
      expect(others.filter((file) => globPattern(glob).test(file))).to.deep.equal([]);
    });
  }
});

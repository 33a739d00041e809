import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { TestEngine } from "../engine";
import { eventually } from "../pluginProcess";

const nodeModules = path.join(__dirname, "../../../node_modules");

/** A resource that needs no plugin: a component with an input for policies to look at. */
const program = `
  const pulumi = require("@pulumi/pulumi");
  new pulumi.ComponentResource("test:index:Thing", "thing", { color: "green" });`;

const policyPack = (rules: string) => `
  const { PolicyPack } = require("@pulumi/policy");
  console.error("pack", process.pid, "in", require("node:path").basename(process.cwd()));
  new PolicyPack("colors", { policies: [{
    name: "no-green", description: "Nothing may be green.", enforcementLevel: "mandatory",
    validateResource: (args, report) => { ${rules} },
  }] });`;

/** The same in TypeScript, whose types are checked at each start; that takes longer than all else. */
const typedPolicyPack = (rules: string) =>
  policyPack(rules)
    .replace(/const (.*) = require\((.*)\);/, "import $1 from $2;")
    .replace("(args, report)", "(args: any, report: (text: string) => void)");

const complain = `if (args.props.color === "green") report("color is " + args.props.color);`;

describe("plugins that the Node.js language host runs", function () {
  this.timeout(240_000);
  let engine: TestEngine;

  before(async () => {
    engine = await TestEngine.start();
  });
  after(() => engine?.stop());

  /** A project with the stack dev; folders of plugins in it find their packages above them. */
  const project = async (name: string, files: Record<string, string>) => {
    const directory = path.join(engine.directory, name);
    const all = {
      "Pulumi.yaml": `name: ${name}\nruntime: {name: nodejs, options: {typescript: false}}\n`,
      "package.json": JSON.stringify({ name, dependencies: { "@pulumi/pulumi": "*" } }),
      // Where a pack says its version.
      "pack/package.json": JSON.stringify({ name: "pack", version: "0.0.1" }),
      "pack/PulumiPolicy.yaml": "runtime: nodejs\n",
      "index.js": program,
      ...files,
    };
    for (const [file, content] of Object.entries(all)) {
      mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
      writeFileSync(path.join(directory, file), content);
    }
    symlinkSync(nodeModules, path.join(directory, "node_modules"));
    await engine.succeed(directory, "stack", "init", "dev");
    return directory;
  };

  const previewWithPack = (directory: string) => engine.run(directory, "preview", "--policy-pack", "pack");

  it("runs a policy pack in its folder, and the pack's process ends with the command", async () => {
    const directory = await project("judged", {
      "pack/index.ts": typedPolicyPack(complain),
    });
    const { code, output } = await previewWithPack(directory);
    expect(code, output).not.to.equal(0);
    expect(output).to.contain("no-green").and.to.contain("color is green").and.to.contain("Nothing may be green.");
    const [, pid] = /pack (\d+) in pack/.exec(output) ?? expect.fail(output);
    await eventually(() => !isAlive(Number(pid)));
  });

  it("lets a program through that breaks no rule", async () => {
    const directory = await project("spared", {
      "index.js": program.replace("green", "blue"),
      "pack/index.js": policyPack(complain),
    });
    const { code, output } = await previewWithPack(directory);
    expect(code, output).to.equal(0);
    expect(output).to.match(/pack \d+ in pack/);
  });

  it("takes the runtime options of PulumiPolicy.yaml", async () => {
    const options = `{nodeargs: "--title 'two words'"}`;
    const directory = await project("options", {
      "pack/PulumiPolicy.yaml": `runtime: {name: nodejs, options: ${options}}\n`,
      "pack/index.js": policyPack(`report("title " + process.title);`),
    });
    expect((await previewWithPack(directory)).output).to.contain("title two words");
  });

  it("shows why a policy pack did not start", async () => {
    const directory = await project("broken", {
      "pack/index.js": `console.error("before"); process.exit(7);`,
    });
    const { code, output } = await previewWithPack(directory);
    expect(code).not.to.equal(0);
    expect(output).to.contain("before").and.to.contain("exit status 7");
  });

  it("ends a policy pack that does not end by itself, and what it started, on Ctrl-C", async () => {
    const directory = await project("stubborn", {
      "index.js": `${program} setInterval(() => {}, 1000);`,
      "pack/index.js": `
        const child = require("node:child_process").spawn("sleep", ["300"]);
        console.error(\`running \${process.pid} \${child.pid}.\`);
        process.on("SIGINT", () => {});
        ${policyPack(`console.error("judging"); ${complain}`)}`,
    });
    const isRunning = /running (\d+) (\d+)\./;
    const args = ["preview", "--policy-pack", "pack"];
    const { code, output } = await engine.runUntil(directory, args, (text) => text.includes("judging"));
    expect(code).not.to.equal(0);
    const pids = isRunning.exec(output)?.slice(1).map(Number) ?? [];
    expect(pids).to.have.length(2);
    await eventually(() => pids.every((pid) => !isAlive(pid)));
  });

  it("runs a plugin that is a folder of TypeScript", async () => {
    const directory = await project("asked", {
      "plugin/PulumiPlugin.yaml": "runtime: nodejs\n",
      "plugin/package.json": JSON.stringify({ name: "greeter", version: "1.2.3", main: "index.ts" }),
      "plugin/index.ts": `
        import * as pulumi from "@pulumi/pulumi";
        export interface GreetingArgs { whom: pulumi.Input<string> }
        export class Greeting extends pulumi.ComponentResource {
          constructor(name: string, args: GreetingArgs, opts?: pulumi.ComponentResourceOptions) {
            super("greeter:index:Greeting", name, args, opts);
          }
        }`,
    });
    const output = await engine.succeed(directory, "package", "get-schema", "./plugin");
    expect(output).to.contain("greeter:index:Greeting").and.to.contain(`"whom"`);
  });
});

/** A process that nobody has waited for yet does not count. */
function isAlive(pid: number): boolean {
  return /^[^Z]/.test(spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).stdout);
}

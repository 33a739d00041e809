import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { startSshServer, type SshServer } from "../../support/sshServer";
import { TestEngine } from "../engine";
import { eventually } from "../pluginProcess";

const nodeModules = path.join(__dirname, "../../../node_modules");

describe("the Node.js language host, with the plain command line", function () {
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

  /** Puts another program into the first project, which has no resources any more. */
  const program = (text: string) => {
    const directory = path.join(engine.directory, "plain");
    writeFileSync(path.join(directory, "index.ts"), text);
    return directory;
  };

  /** A project as this repository is one: TypeScript through tsx. */
  const project = async (name: string, text: string, files: Record<string, string> = {}) => {
    const directory = path.join(engine.directory, name);
    const runtime = `runtime: {name: nodejs, options: {typescript: false, nodeargs: "--import tsx"}}`;
    const dependencies = { "@pulumi/pulumi": "*", "@pulumi/command": "*" };
    const all = {
      "Pulumi.yaml": `name: ${name}\n${runtime}\n`,
      "package.json": JSON.stringify({ name, main: "index.ts", dependencies }),
      "index.ts": text,
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

  it("runs up, preview, refresh and destroy, passing config, secrets, stack and project", async () => {
    const connection = JSON.stringify(server.connection());
    const directory = await project(
      "plain",
      `import * as command from "@pulumi/command";
       import * as pulumi from "@pulumi/pulumi";
       const config = new pulumi.Config();
       enum Proof { OfTypeScript = "ts" }
       console.log("said by the program", pulumi.getProject(), pulumi.getStack(), Proof.OfTypeScript, pulumi.runtime.isDryRun());
       console.error("warned by the program");
       require("node:fs").appendFileSync("/dev/stdout", "said into a file\\n");
       const made = new command.remote.Command("made", {
         connection: config.requireSecretObject("connection"),
         create: "echo made; cat", delete: "touch gone",
         stdin: config.requireSecret("word"), logging: "none",
       });
       export const stdout = made.stdout;
       export const plain = config.require("plain");
       export const word = config.requireSecret("word");
       process.stdout.write("last words without a line end");`,
    );
    const plain = ["--plaintext", "plain=a 'quoted' value"];
    const secrets = ["--secret", "word=word-canary", "--secret", `connection=${connection}`];
    const set = await engine.run(directory, "config", "set-all", ...plain, ...secrets);
    expect(set.code, set.output).to.equal(0);

    const up = await engine.run(directory, "up", "--yes", "--skip-preview");
    expect(up.code, up.output).to.equal(0);
    expect(up.output).to.contain("said by the program plain dev ts false");
    expect(up.output).to.contain("said into a file");
    expect(up.output).to.contain("warned by the program").and.to.contain("last words without a line end");
    expect(up.output)
      .to.contain("a 'quoted' value")
      .and.to.match(/word +: \[secret\]/);
    expect(up.output).not.to.contain("canary");
    expect(up.output, "no warning from the engine, about plugins say").not.to.match(/warning:/);

    const preview = await engine.run(directory, "preview", "--expect-no-changes");
    expect(preview.code, preview.output).to.equal(0);
    expect(preview.output).to.contain("said by the program plain dev ts true");
    const refresh = await engine.run(directory, "refresh", "--yes", "--skip-preview");
    expect(refresh.code, refresh.output).to.equal(0);
    expect(refresh.output).to.contain("2 unchanged");
    const destroy = await engine.run(directory, "destroy", "--yes", "--skip-preview");
    expect(destroy.code, destroy.output).to.equal(0);
    expect(server.commands).to.deep.equal(["echo made; cat", "touch gone"]);
  });

  it("runs a program in another directory, at the entry point that Pulumi.yaml names", async () => {
    const where = `console.log("at", require("node:path").basename(process.cwd()), __filename.endsWith("start.ts"));`;
    const directory = await project("elsewhere", "", {
      "Pulumi.yaml": `name: elsewhere\nmain: program/start.ts\nruntime: {name: nodejs, options: {typescript: false, nodeargs: "--import tsx --title 'two words'"}}\n`,
      "program/start.ts": `${where} console.log("title", process.title);`,
    });
    const output = await engine.succeed(directory, "preview");
    expect(output).to.contain("at program true").and.to.contain("title two words");
  });

  it("shows a program's error and fails", async () => {
    const directory = program(`console.log("before"); throw new Error("broken on purpose");`);
    const { code, output } = await engine.run(directory, "up", "--yes", "--skip-preview");
    expect(code).not.to.equal(0);
    expect(output)
      .to.contain("before")
      .and.to.contain("broken on purpose")
      .and.to.match(/index\.ts:\d+/);
  });

  it("shows a RunError once, without a stack or anything about exit codes", async () => {
    const directory = program(`throw new (require("@pulumi/pulumi").RunError)("a plain message");`);
    const { code, output } = await engine.run(directory, "up", "--yes", "--skip-preview");
    expect(code).not.to.equal(0);
    expect(output.split("error: a plain message")).to.have.length.above(1);
    expect(output).not.to.match(/at .*index\.ts|exit code|exited/);
  });

  it("reports a program that ends itself", async () => {
    const directory = program(`process.exit(7);`);
    const { code, output } = await engine.run(directory, "preview");
    expect(code).not.to.equal(0);
    expect(output).to.contain("Program exited with non-zero exit code: 7");
  });

  it("ends the program, and what it started, on Ctrl-C", async () => {
    const directory = program(
      `const child = require("node:child_process").spawn("sleep", ["300"]);
       console.log(\`running \${process.pid} \${child.pid}.\`);
       process.on("SIGINT", () => {}); // as stubborn as a program can be
       setInterval(() => {}, 1000);`,
    );
    const isRunning = /running (\d+) (\d+)\./;
    const { code, output } = await engine.runUntil(directory, ["preview"], (text) => isRunning.test(text));
    expect(code).not.to.equal(0);
    const pids = isRunning.exec(output)?.slice(1).map(Number) ?? [];
    expect(pids).to.have.length(2);
    await eventually(() => pids.every((pid) => !isAlive(pid)));
  });

  it("answers pulumi about", async () => {
    const directory = program("");
    const output = await engine.succeed(directory, "about");
    expect(output)
      .to.match(/resource +command +1\.2\.1/)
      .and.to.match(/language +nodejs/);
    expect(output)
      .to.contain(`version='${process.version}'`)
      .and.to.contain("packagemanager='npm'")
      .and.to.contain(`packagemanagerVersion='${execFileSync("npm", ["--version"], { encoding: "utf8" }).trim()}'`)
      .and.to.match(/typescriptVersion='\d/)
      .and.to.match(/@pulumi\/pulumi +3\.248\.0/)
      .and.to.match(/@pulumi\/command +1\.2\.1/);
  });
});

/** A process that nobody has waited for yet does not count. */
function isAlive(pid: number): boolean {
  return /^[^Z]/.test(spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).stdout);
}

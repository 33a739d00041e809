import { expect } from "chai";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backendLocks } from "../../../cli/engine/backendLocks";
import { labStackFile } from "../../../cli/settings/stackFile";
import { InterruptedError } from "../../../cli/errors";
import { readLastRun } from "../../../cli/engine/lastRun";
import { failureOf, temporaryFolder, type RecordedReport } from "../support";
import { TestProject } from "./testProject";

/** Runs `create`, which a test writes beside it, on this computer; the class stands for a step on a host. */
const programText = `
const pulumi = require("@pulumi/pulumi");
const { local } = require("@pulumi/command");
const create = require("node:fs").readFileSync("create", "utf8");
new local.Command("lab-kernel-node-0", { create, delete: "true", logging: "none" });
exports.workers = new pulumi.Config().requireNumber("workers");
exports.password = pulumi.secret("hush");
exports.ssh = pulumi.secret({ "node-0": { host: "127.77.0.80", privateKey: "KEY" } });
`;
const login = { "node-0": { host: "127.77.0.80", privateKey: "KEY" } };
const stackText = "config:\n  hardway:workers: 3\n";

let project: TestProject;
let report: RecordedReport;
const [root, state, paths] = [() => project.root, () => project.state, () => project.paths];
const open = () => project.open();

/** Puts a project with a stack of its own into a folder. */
async function makeProject(folder: string) {
  project = await TestProject.make(folder, programText, stackText);
  ({ report } = project);
}

const create = (script: string) => project.write({ create: script });

/** A whole run. */
async function up() {
  const stack = await open();
  await stack.tidyUp(report);
  return stack.up(report, { refresh: false });
}

/** The real engine with the bundled plugins, on a small project in the place of this checkout: one stack, in this order. */
describe("a lab's stack, from the first run to the last", function () {
  this.timeout(300_000);
  let folder: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "hw-cli-"));
    await makeProject(folder);
    create("true");
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const backups = (backend: string) => join(backend, ".pulumi/backups/hardway/dev");
  const fill = (backend: string) => {
    mkdirSync(backups(backend), { recursive: true });
    for (let time = 1; time <= 12; time += 1) writeFileSync(join(backups(backend), `dev.${time}.json.zst`), "");
  };

  it("is built from the checkout, which stays as it is, with ten backups in a backend of ours", async () => {
    const ours = join(state(), "backend");
    fill(ours);
    const { summary, outputs, logins } = await up();
    // The stack itself and the command.
    expect(summary).to.deep.equal({ create: 2, update: 0, replace: 0, delete: 0, same: 0 });
    expect(outputs, "without secrets").to.deep.equal({ workers: 3 });
    expect(logins).to.deep.equal(login);
    expect(readLastRun(paths())).to.deep.include({ command: "up", result: "succeeded" });
    expect(readdirSync(backups(ours))).to.have.length(10);
    expect(await (await open()).built()).to.deep.equal({ outputs: { workers: 3 }, logins: login });
  });

  it("has then nothing to change, and another revision once anything of it was changed", async () => {
    const stack = await open();
    const built = await stack.revision();
    expect((await stack.up(report, { refresh: true })).summary).to.deep.equal({
      create: 0,
      update: 0,
      replace: 0,
      delete: 0,
      same: 2,
    });
    expect(await stack.revision(), "because it was looked at").to.equal(built);
    create("true # again");
    expect((await stack.up(report, { refresh: false })).summary).to.deep.include({ update: 1 });
    expect(await stack.revision()).not.to.equal(built);
    expect(readFileSync(join(root(), "Pulumi.dev.yaml"), "utf8")).to.equal(stackText);
    expect(readFileSync(labStackFile(paths()), "utf8")).to.contain("encryptionsalt");
  });

  it("is destroyed, and then removed", async () => {
    const stack = await open();
    expect((await stack.destroy(report)).delete).to.equal(2);
    const stateFile = join(state(), "backend/.pulumi/stacks/hardway/dev.json.zst");
    expect(existsSync(stateFile)).to.equal(true);
    await stack.remove();
    expect(existsSync(stateFile)).to.equal(false);
  });

  it("keeps all backups in the user's own backend", async () => {
    const own = join(folder, "own");
    fill(own);
    const earlier = process.env["PULUMI_BACKEND_URL"];
    process.env["PULUMI_BACKEND_URL"] = `file://${own}`;
    try {
      const stack = await project.open({ env: project.env({ PULUMI_BACKEND_URL: `file://${own}` }) });
      await stack.up(report, { refresh: false });
    } finally {
      if (earlier === undefined) delete process.env["PULUMI_BACKEND_URL"];
      else process.env["PULUMI_BACKEND_URL"] = earlier;
    }
    expect(readdirSync(backups(own)).length).to.be.above(12);
  });
});

describe("a lab's stack", function () {
  this.timeout(300_000);
  const folder = temporaryFolder();
  beforeEach(() => makeProject(folder()));

  /** Waits until the host's step runs, and gives what it wrote. */
  async function started(): Promise<string> {
    const file = join(folder(), "started");
    for (let waited = 0; waited < 1000 && !existsSync(file); waited++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    return readFileSync(file, "utf8").trim();
  }

  it("works on all hosts at the same time", async () => {
    const [hosts, there] = [30, join(folder(), "there")];
    mkdirSync(there);
    // Each waits for all the others.
    const wait = `for try in $(seq 200); do set -- '${there}'/*; [ $# -lt ${hosts} ] || exit 0; sleep 0.1; done; exit 1`;
    const program = `
const { local } = require("@pulumi/command");
for (let n = 0; n < ${hosts}; n++) new local.Command("host-" + n, { create: "touch '${there}/" + n + "'; " + ${JSON.stringify(wait)} });
`;
    writeFileSync(join(root(), "index.js"), program);
    const { summary } = await up();
    expect(summary).to.deep.include({ create: hosts + 1 });
  });

  it("fails with what the host said, once, and with the name of the log", async () => {
    create("echo 'disk full' >&2; exit 3");
    const stack = await open();
    const error = await failureOf(() => stack.up(report, { refresh: false }));
    const [log] = readdirSync(paths().logs);
    expect(error).to.have.property("exitCode", 1);
    expect(error.message).to.equal(
      `lab-kernel-node-0 (command:local:Command):\n  exit status 3:\n  disk full\n\nThe engine's whole log: ${join(paths().logs, log ?? "")}`,
    );
    expect(readFileSync(join(paths().logs, log ?? ""), "utf8")).to.contain("disk full");
  });

  it("that is interrupted ends soon, and is finished by the next run", async () => {
    create(`echo $$ > '${join(folder(), "started")}'; sleep 100`);
    const stack = await open();
    const ended = failureOf(() => stack.up(report, { refresh: false }));
    const step = Number(await started());
    project.signals.emit("SIGINT");
    expect(await ended).to.be.instanceOf(InterruptedError);
    expect(() => process.kill(step, 0), "the step has ended").to.throw("ESRCH");
    expect(readLastRun(paths())).to.deep.include({ result: "interrupted" });

    create("true");
    const { summary } = await up();
    expect(summary).to.deep.include({ create: 1, same: 1 });
  });

  it("whose engine was killed is taken over by the next run, with the step that was under way", async () => {
    create(`echo $PPID > '${join(folder(), "started")}'; sleep 3`);
    const stack = await open();
    const ended = failureOf(() => stack.up(report, { refresh: false }));
    await started();
    const locks = () => backendLocks(`file://${state()}/backend`, "hardway", "dev");
    const { pid } = locks()[0]!;
    process.kill(pid, "SIGKILL");
    expect((await ended).message).to.contain("Pulumi's engine was ended by SIGKILL. Run the same command again");
    expect(locks()).to.have.length(1);

    create("true");
    const { summary } = await up();
    expect(summary).to.deep.include({ create: 1 });
    expect(report.lines).to.include(`taking over the lock that a dead engine left (pid ${pid})`);
    expect(report.lines).to.include("clearing 1 operations that an interrupted run had begun");
    expect((await up()).summary).to.deep.include({ create: 0, same: 2 });
  });

  it("that another computer or a container seems to hold says so, and which file keeps it so", async () => {
    const stack = await open();
    const locks = join(state(), "backend/.pulumi/locks/organization/hardway/dev");
    mkdirSync(locks, { recursive: true });
    const lock = { pid: 7, username: "me", hostname: "gone-container", timestamp: "2026-01-01T00:00:00Z" };
    writeFileSync(join(locks, "a.json"), JSON.stringify(lock));
    const error = await failureOf(() => stack.tidyUp(report));
    expect(error).to.have.property("exitCode", 75);
    expect(error.message).to.equal(
      'Stack "dev" is being changed by a Pulumi engine (pid 7 on gone-container) since 2026-01-01T00:00:00Z; try again when it is done, ' +
        `or remove ${join(locks, "a.json")} if that computer or container is no more.`,
    );
  });
});

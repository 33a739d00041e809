import { generateKeyPair } from "../../cloud/machines/identity";
import { expect } from "chai";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tryLock } from "../../cloud/lock";
import { labPaths } from "../../cli/paths";
import { Launcher } from "./launcher";
import { temporaryFolder } from "./support";

describe("./hardway", function () {
  // Each test starts Node, on a busy computer.
  this.timeout(60_000);
  const folder = temporaryFolder();
  let launcher: Launcher;
  const state = () => launcher.state;
  const hardway = (...args: string[]) => launcher.run(...args);
  beforeEach(() => (launcher = new Launcher(folder())));

  it("prints its help", async () => {
    const { code, stdout } = await hardway("--help");
    expect(code).to.equal(0);
    expect(stdout).to.contain("Usage: hardway").and.contain("Exit codes:");
  });

  it("refuses wrong usage with exit code 64, and makes nothing", async () => {
    const option = await hardway("up", "--jsn");
    expect(option).to.deep.include({ code: 64, stdout: "" });
    expect(option.stderr).to.contain("unknown option '--jsn'");
    const lab = await hardway("up", "--lab", "Bad_Name");
    expect(lab).to.deep.include({ code: 64, stdout: "" });
    expect(lab.stderr).to.match(/^hardway: --lab must be 1 to 30 of a-z/);
    expect(readdirSync(state())).to.deep.equal([]);
  });

  it("takes the global options before and after the command", async () => {
    const before = await hardway("--lab", "two", "--json", "status");
    const after = await hardway("status", "--lab", "two", "--json");
    expect(JSON.parse(after.stdout)).to.deep.equal({ lab: "two", exists: false, machines: [], lastRun: null });
    expect(before.stdout).to.equal(after.stdout);
    expect(existsSync(join(state(), "labs"))).to.equal(false);
  });

  it("makes no embedded EC2 for a lab that has nothing in it", async () => {
    mkdirSync(labPaths("hosts", state()).directory, { recursive: true });
    const { code, stderr } = await hardway("stop", "--lab", "hosts");
    expect(code).to.equal(1);
    expect(stderr).to.equal('hardway: Lab "hosts" has no machines in the embedded EC2 to stop.\n');
    expect(readdirSync(state())).to.deep.equal(["labs"]);
  });

  it("takes them between cloud and its command too", async () => {
    const { code, stderr } = await hardway("cloud", "--lab", "Bad_Name", "status");
    expect(code).to.equal(64);
    expect(stderr).to.contain('got "Bad_Name"');
  });

  it("says which lab there is not, and which there are", async () => {
    mkdirSync(join(state(), "labs/two"), { recursive: true });
    const { code, stderr } = await hardway("verify");
    expect(code).to.equal(1);
    expect(stderr).to.equal(
      `hardway: There is no lab "dev" here (${join(state(), "labs/dev")}). Labs: two; choose one with --lab.\n`,
    );
  });

  it("removes nothing that is not there, and asks before it removes what is", async () => {
    expect(await hardway("down")).to.deep.equal({
      code: 0,
      stdout: 'There is no lab "dev"; nothing to do.\n',
      stderr: "",
    });
    mkdirSync(join(state(), "labs/dev"), { recursive: true });
    const { code, stderr } = await hardway("down");
    expect(code).to.equal(64);
    expect(stderr).to.contain("There is no terminal to ask on; say so with --yes.");
    expect(existsSync(join(state(), "labs/dev"))).to.equal(true);
  });

  it("lets one run at a time work on a lab", async () => {
    const { lock, directory } = labPaths("dev", state());
    mkdirSync(directory, { recursive: true });
    tryLock(lock, "up");
    const { code, stdout, stderr } = await hardway("up");
    expect(code).to.equal(75);
    expect(stderr).to.match(
      new RegExp(
        `^hardway: Lab "dev" is in use by "hardway up" \\(pid ${process.pid}\\) since \\S+; try again when it is done.\n$`,
      ),
    );
    expect(stdout).to.equal("");
  });

  it("passes ssh's exit code on, and knows the hosts", async () => {
    const { directory, inventory } = labPaths("dev", state());
    mkdirSync(directory, { recursive: true });
    const ssh = { host: "127.0.0.1", port: 1, user: "u", password: "x", hostKey: generateKeyPair("u").publicKey };
    writeFileSync(
      inventory,
      JSON.stringify({ hosts: [{ name: "node-0", role: "worker", address: "10.240.0.80", ssh }] }),
    );
    const [refused, unknown] = await Promise.all([hardway("ssh", "node-0", "--", "true"), hardway("ssh", "nod-0")]);
    // 255 is ssh's own: nobody listens on that port.
    expect(refused).to.deep.include({ code: 255 });
    expect(refused.stderr).to.contain("Connection refused");
    expect(unknown).to.deep.include({
      code: 64,
      stderr: 'hardway: Lab "dev" has no host "nod-0" (did you mean "node-0"?); it has node-0.\n',
    });
  });
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { temporaryFolder } from "../cli/support";
import { repository } from "./hardwayCli";
import { waitFor } from "./waitFor";

/** A test that is never through: a daemon of the state folder runs, and a command that has the folder in its environment only. */
const suite = `
const { spawn } = require("node:child_process");
const { writeFileSync } = require("node:fs");
const { TestState } = require(${JSON.stringify(join(__dirname, "hardwayCli"))});
it("goes on", () => {
  const { directory, env } = new TestState("x");
  const started = [{ cwd: directory }, { env }].map((options) =>
    spawn("sleep", ["300"], { detached: true, stdio: "ignore", ...options }),
  );
  writeFileSync(__dirname + "/started", JSON.stringify({ directory, pids: started.map(({ pid }) => pid) }));
  return new Promise(() => setInterval(() => undefined, 1000));
});
`;

describe("what a test with a state folder has started", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const left: number[] = [];
  afterEach(() =>
    left
      .splice(0)
      .filter(isAlive)
      .forEach((pid) => process.kill(pid, "SIGKILL")),
  );

  for (const signal of ["SIGINT", "SIGKILL"] as const)
    it(`ends when ${signal} ends mocha's main process and none of its workers`, async () => {
      writeFileSync(join(folder(), "suite.cjs"), suite);
      const args = ["--import", "tsx", join(repository, "node_modules/mocha/lib/cli/cli.js"), "--no-config"];
      const options = ["--parallel", "--jobs", "2", "--timeout", "0", join(folder(), "suite.cjs")];
      const env = { ...process.env, TMPDIR: folder() };
      const mocha = spawn(process.execPath, [...args, ...options], { cwd: repository, env, stdio: "ignore" });
      const ended = once(mocha, "exit");
      const startedFile = join(folder(), "started");
      await waitFor(
        () => existsSync(startedFile),
        "the test runs",
        50,
        () => "",
      );
      const { directory, pids } = JSON.parse(readFileSync(startedFile, "utf8")) as {
        directory: string;
        pids: number[];
      };
      left.push(...pids);
      expect(pids.filter(isAlive)).to.deep.equal(pids);

      mocha.kill(signal);
      await ended;
      await waitFor(
        () => !existsSync(directory),
        "the state folder goes",
        10,
        () => readdirSync(directory).join(),
      );
      expect(pids.filter(isAlive)).to.deep.equal([]);
    });
});

/** Whether it runs; an orphan that nobody has asked about stays as a zombie. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

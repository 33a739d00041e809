import { expect } from "chai";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lockOrThrow } from "../../cli/lock";
import { tryLock, withLock, type LockHolder } from "../../cloud/lock";
import { processIdentity } from "../../cloud/processIdentity";
import { failureOf, temporaryFolder } from "./support";

describe("lock", function () {
  // Other processes that start Node and tsx, on a busy computer.
  this.timeout(60_000);
  const folder = temporaryFolder();
  const file = () => join(folder(), ".dev.lock");

  /** Another process that holds the lock until it is killed. */
  async function otherHolder(): Promise<{ pid: number; kill: () => Promise<void> }> {
    const code = `require("${join(__dirname, "../../cloud/lock")}").tryLock(process.argv[1], "up"); console.log("held"); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--import", "tsx", "-e", code, file()], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise((resolve) => child.stdout.once("data", resolve));
    return {
      pid: child.pid ?? 0,
      kill: () => new Promise((resolve) => child.once("close", () => resolve()).kill("SIGKILL")),
    };
  }

  for (const content of ["", "{", "null", "123", '""', "{}", "[]", '{"pid":1}', '{"pid":"1","identity":"x"}']) {
    it(`is taken from a file that holds ${JSON.stringify(content)}, by which nobody holds it`, () => {
      writeFileSync(file(), content);
      expect(tryLock(file(), "up")).to.have.property("release");
    });
  }

  it("is taken where an older version left a folder", () => {
    mkdirSync(file());
    expect(tryLock(file(), "up")).to.have.property("release");
  });

  it("is waited for, up to a limit", async () => {
    const held = lockOrThrow(file(), "up", "Lab");
    let waits = 0;
    const work = (waitMs: number) => withLock(file(), { waitMs, onWait: () => waits++ }, () => Promise.resolve("done"));
    expect((await failureOf(() => work(0))).message).to.contain(`pid ${process.pid}`);
    setTimeout(() => held.release(), 200);
    expect(await work(10_000)).to.equal("done");
    expect(waits).to.equal(1);
    expect(existsSync(file())).to.equal(false);
  });

  it("is held by one process at a time, and the second one learns by whom and since when", async () => {
    const other = await otherHolder();
    try {
      const holder = tryLock(file(), "verify") as LockHolder;
      expect(holder).to.deep.include({ pid: other.pid, purpose: "up" });
      const error = await failureOf(() => lockOrThrow(file(), "verify", 'Lab "dev"'));
      expect(error.message).to.equal(
        `Lab "dev" is in use by "hardway up" (pid ${other.pid}) since ${holder.since}; try again when it is done.`,
      );
      expect(error).to.have.property("exitCode", 75);
    } finally {
      await other.kill();
    }
  });

  it("is taken over from a process that was killed", async () => {
    const other = await otherHolder();
    await other.kill();
    expect(existsSync(file())).to.equal(true);
    const lock = tryLock(file(), "up");
    expect(lock).to.have.property("release");
    expect(JSON.parse(readFileSync(file(), "utf8"))).to.deep.include({ pid: process.pid });
  });

  it("is taken over when another process has the dead holder's number", () => {
    // This very process, but as if it had started at another time.
    writeFileSync(file(), JSON.stringify({ pid: process.pid, identity: "another/1", since: "x", purpose: "up" }));
    expect(tryLock(file(), "up")).to.have.property("release");
  });

  it("is respected when the holder is this process", () => {
    tryLock(file(), "up");
    expect(tryLock(file(), "verify")).to.deep.include({
      pid: process.pid,
      identity: processIdentity(process.pid),
      purpose: "up",
    });
  });

  it("leaves no file behind when it is released, and does not release another's", () => {
    const lock = lockOrThrow(file(), "up", "Lab");
    const others = JSON.stringify({ pid: 1, identity: "x", since: "x", purpose: "up" });
    writeFileSync(file(), others);
    lock.release();
    expect(readFileSync(file(), "utf8")).to.equal(others);
    lockOrThrow(file(), "up", "Lab").release();
    expect(readdirSync(folder())).to.deep.equal([]);
  });

  it("goes to exactly one of many processes that find a dead holder's file at the same time", async () => {
    writeFileSync(file(), JSON.stringify({ pid: 4_194_304, identity: "gone", since: "x", purpose: "up" }));
    const code = `const r = require("${join(__dirname, "../../cloud/lock")}").tryLock(process.argv[1], "up"); console.log("release" in r ? "got" : "busy"); process.stdin.resume(); process.stdin.on("end", () => process.exit(0));`;
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ["--import", "tsx", "-e", code, file()], { stdio: ["pipe", "pipe", "inherit"] }),
    );
    const answers = await Promise.all(
      children.map(
        (child) =>
          new Promise<string>((resolve) =>
            child.stdout.once("data", (text: Buffer) => resolve(text.toString().trim())),
          ),
      ),
    );
    for (const child of children) child.stdin.end();
    expect(answers.sort()).to.deep.equal(["busy", "busy", "busy", "got"]);
  });
});

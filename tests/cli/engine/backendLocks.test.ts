import { expect } from "chai";
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { backendLocks } from "../../../cli/engine/backendLocks";
import { temporaryFolder } from "../support";

describe("locks of the file backend", () => {
  const folder = temporaryFolder();
  const url = () => `file://${folder()}`;
  const lock = (pid: number, host = hostname()) => {
    const directory = join(folder(), ".pulumi/locks/organization/hardway/dev");
    mkdirSync(directory, { recursive: true });
    writeFileSync(
      join(directory, `${pid}.json`),
      JSON.stringify({ pid, username: "u", hostname: host, timestamp: "2026-01-01T00:00:00Z" }),
    );
  };
  const stale = () => backendLocks(url(), "hardway", "dev").map((entry) => entry.stale);

  it("are none where there is no lock, no folder or another kind of backend", () => {
    expect(backendLocks(url(), "hardway", "dev")).to.deep.equal([]);
    expect(backendLocks("s3://bucket", "hardway", "dev")).to.deep.equal([]);
    expect(backendLocks(undefined, "hardway", "dev")).to.deep.equal([]);
  });

  it("are found whatever options follow the folder", () => {
    lock(4_194_304);
    expect(backendLocks(`${url()}?metadata=skip`, "hardway", "dev").map(({ pid }) => pid)).to.deep.equal([4_194_304]);
  });

  it("are stale when their process is gone or is no engine", () => {
    lock(4_194_304);
    lock(process.pid);
    expect(stale()).to.deep.equal([true, true]);
  });

  it("are stale when nothing was written into them, but not while they are being written", () => {
    for (const content of ["", "{", "null", "[]", "{}"]) {
      lock(1);
      const file = join(folder(), ".pulumi/locks/organization/hardway/dev/1.json");
      writeFileSync(file, content);
      expect(backendLocks(url(), "hardway", "dev"), content).to.deep.equal([]);
      utimesSync(file, new Date(), new Date(Date.now() - 60_000));
      expect(stale(), content).to.deep.equal([true]);
    }
  });

  it("are held by a living engine, and by one on another computer", async () => {
    // Any program with the engine's name.
    copyFileSync("/bin/sleep", join(folder(), "pulumi"));
    const child = spawn(join(folder(), "pulumi"), ["60"]);
    await new Promise((resolve) => child.once("spawn", resolve));
    try {
      lock(child.pid ?? 0);
      expect(stale()).to.deep.equal([false]);
    } finally {
      child.kill("SIGKILL");
    }
    lock(4_194_304, "another-computer");
    expect(stale()).to.include(false);
  });
});

import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { findProcess, killProcess, processStart, waitForExit } from "../../../cloud/machines/processes";

describe("own processes", () => {
  let folder: string;
  let pidFile: string;
  let child: ChildProcess;

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "hardway-test-"));
    pidFile = path.join(folder, "pid");
    child = spawn(process.execPath, ["-e", "setInterval(() => undefined, 1000)", pidFile], { stdio: "ignore" });
    await new Promise((resolve) => child.once("spawn", resolve));
    writeFileSync(pidFile, `${child.pid}\n`);
  });

  afterEach(() => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });

  it("are found with their start", async () => {
    const found = await findProcess(pidFile, pidFile);
    expect(found?.pid).to.equal(child.pid);
    expect(Math.abs(found!.startedAt.getTime() - Date.now())).to.be.below(10_000);
  });

  it("are not what has another command line", async () => {
    expect(await findProcess(pidFile, `${pidFile}x`)).to.be.undefined;
    writeFileSync(pidFile, String(process.pid));
    expect(await findProcess(pidFile, pidFile)).to.be.undefined;
  });

  it("are not what started after the pid file was written", async () => {
    const hourAgo = Date.now() / 1000 - 3600;
    utimesSync(pidFile, hourAgo, hourAgo);
    expect(await findProcess(pidFile, pidFile)).to.be.undefined;
  });

  it("are not what a broken or missing file names", async () => {
    for (const content of ["", "abc", "0", "1", "-5", "1.5"]) {
      writeFileSync(pidFile, content);
      expect(await findProcess(pidFile, pidFile), content).to.be.undefined;
    }
    rmSync(pidFile);
    expect(await findProcess(pidFile, pidFile)).to.be.undefined;
  });

  it("are gone after they were killed", async () => {
    await killProcess(() => findProcess(pidFile, pidFile));
    expect(await findProcess(pidFile, pidFile)).to.be.undefined;
    await killProcess(() => findProcess(pidFile, pidFile));
  });

  it("have not ended where only their command line is gone", async () => {
    child.kill("SIGKILL");
    const ending = `process.on("message", () => { process.title = ""; process.send("hidden"); setTimeout(process.exit, 500); })`;
    child = spawn(process.execPath, ["-e", ending, pidFile], { stdio: ["ignore", "ignore", "ignore", "ipc"] });
    await new Promise((resolve) => child.once("spawn", resolve));
    writeFileSync(pidFile, `${child.pid}\n`);
    const found = (await findProcess(pidFile, pidFile))!;
    child.send("hide");
    await new Promise((resolve) => child.once("message", resolve));
    expect(await findProcess(pidFile, pidFile)).to.be.undefined;
    expect(await waitForExit(found, 0)).to.equal(false);
    expect(await waitForExit(found, 10_000)).to.equal(true);
  });

  it("have a start, others have none", async () => {
    expect(await processStart(process.pid)).to.be.instanceOf(Date);
    expect(await processStart(2 ** 30)).to.be.undefined;
  });
});

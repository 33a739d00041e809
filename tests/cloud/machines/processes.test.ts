import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { processIdentity } from "../../../cloud/processIdentity";
import {
  findProcess,
  killProcess,
  userOf,
  waitForExit,
  writePidFile,
  type OwnProcess,
} from "../../../cloud/machines/processes";

describe("own processes", () => {
  let folder: string;
  let pidFile: string;
  let child: ChildProcess;
  const find = (mark = pidFile): Promise<OwnProcess | undefined> =>
    findProcess(pidFile, (_pid, args) => args.includes(mark));

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "hardway-test-"));
    pidFile = path.join(folder, "pid");
    child = spawn(process.execPath, ["-e", "setInterval(() => undefined, 1000)", pidFile], { stdio: "ignore" });
    await new Promise((resolve) => child.once("spawn", resolve));
    await writePidFile(pidFile, child.pid!);
  });

  afterEach(() => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });

  it("are found with their start", async () => {
    const found = await find();
    expect(found?.pid).to.equal(child.pid);
    expect(Math.abs(found!.startedAt.getTime() - Date.now())).to.be.below(10_000);
  });

  it("stay the same when the computer's clock is set", async () => {
    const before = await find();
    for (const hours of [-24, 24]) {
      const time = Date.now() / 1000 + hours * 3600;
      utimesSync(pidFile, time, time);
      expect(await find(), `${hours} h`).to.deep.equal(before);
    }
  });

  it("are not what has another command line, as in a copy of the folder", async () => {
    expect(await find(`${pidFile}x`)).to.be.undefined;
    await writePidFile(pidFile, process.pid);
    expect((await find())?.pid).to.equal(child.pid);
  });

  it("are not what has their number later", async () => {
    const later = { pid: process.pid, identity: processIdentity(child.pid!), startedAt: new Date() };
    writeFileSync(pidFile, JSON.stringify(later));
    expect(await findProcess(pidFile, () => false)).to.be.undefined;
  });

  it("are found again where their file is lost, damaged or of an earlier version, and written down again", async () => {
    for (const content of ["", "abc", "0", "-5", "1.5", "null", "{}", '{"pid":1}', `${child.pid}\n`]) {
      writeFileSync(pidFile, content);
      expect((await find())?.pid, content).to.equal(child.pid);
      expect(readFileSync(pidFile, "utf8"), content).to.contain(processIdentity(child.pid!));
    }
    rmSync(pidFile);
    expect((await find())?.pid).to.equal(child.pid);
    rmSync(folder, { recursive: true });
    expect((await find())?.pid, "without the folder").to.equal(child.pid);
    mkdirSync(folder);
  });

  it("are named where they have a file open", () => {
    const file = path.join(folder, "disk");
    const handle = openSync(file, "w");
    try {
      expect(userOf([`${file}x`, file])).to.deep.equal({ file, process: `process ${process.pid} (${comm()})` });
    } finally {
      closeSync(handle);
    }
    expect(userOf([file])).to.be.undefined;
  });

  it("are gone after they were killed", async () => {
    await killProcess(() => find());
    expect(await find()).to.be.undefined;
    await killProcess(() => find());
  });

  it("have not ended where only their command line is gone", async () => {
    child.kill("SIGKILL");
    const ending = `process.on("message", () => { process.title = ""; process.send("hidden"); setTimeout(process.exit, 500); })`;
    child = spawn(process.execPath, ["-e", ending, pidFile], { stdio: ["ignore", "ignore", "ignore", "ipc"] });
    await new Promise((resolve) => child.once("spawn", resolve));
    const found = (await writePidFile(pidFile, child.pid!))!;
    child.send("hide");
    await new Promise((resolve) => child.once("message", resolve));
    expect(await find(), "by its file").to.deep.equal(found);
    expect(await waitForExit(found, 0)).to.equal(false);
    expect(await waitForExit(found, 10_000)).to.equal(true);
  });

  it("have an identity, others have none", () => {
    expect(processIdentity(process.pid)).to.match(/^[0-9a-f-]{36}\/\d+$/);
    expect(processIdentity(2 ** 30)).to.be.undefined;
  });
});

const comm = (): string => readFileSync("/proc/self/comm", "utf8").trim();

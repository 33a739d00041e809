import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { findDaemon, refuseSecondDaemon } from "../../../cloud/daemon/daemonProcess";
import { cloudFiles } from "../../../cloud/daemon/files";
import { waitForExit, writePidFile } from "../../../cloud/machines/processes";

describe("the daemon of a folder", () => {
  let folder: string;
  const directory = (): string => path.join(folder, "cloud");
  const children: ChildProcess[] = [];

  /** A process that looks like a daemon, and runs `code`. */
  async function daemon(of: string, code = "setInterval(() => undefined, 1000)"): Promise<ChildProcess> {
    const args = ["--import", "tsx", "-e", code, "/checkout/cloud/daemon/main.ts", of, "/cache"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
    children.push(child);
    await new Promise((resolve) => child.once("spawn", resolve));
    return child;
  }
  const refusal = (): Promise<string> =>
    refuseSecondDaemon(cloudFiles(directory())).then(
      () => "none",
      (error: Error) => error.message,
    );

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "hw-test-"));
    mkdirSync(directory());
  });

  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });

  it("is found whatever became of its pid file and of the clock, also under another name of the folder", async () => {
    const { pid } = await daemon(directory());
    const files = cloudFiles(directory());
    await writePidFile(files.pid, pid!);
    utimesSync(files.pid, 1, 1);
    expect((await findDaemon(files))?.pid).to.equal(pid);
    writeFileSync(files.pid, "garbage");
    expect((await findDaemon(files))?.pid).to.equal(pid);
    symlinkSync(directory(), path.join(folder, "link"));
    expect((await findDaemon(cloudFiles(path.join(folder, "link"))))?.pid).to.equal(pid);
    expect(await findDaemon(cloudFiles(path.join(folder, "other")))).to.be.undefined;
  });

  it("is the only one: a second one does not start", async () => {
    await daemon(directory());
    const script = path.join(__dirname, "../../../cloud/daemon");
    const code = `
      const { refuseSecondDaemon } = require(${JSON.stringify(`${script}/daemonProcess`)});
      const { cloudFiles } = require(${JSON.stringify(`${script}/files`)});
      refuseSecondDaemon(cloudFiles(${JSON.stringify(directory())})).catch((error) => { console.error(error.message); process.exit(9); });`;
    const second = await daemon(directory(), code);
    let output = "";
    second.stderr!.on("data", (text) => (output += String(text)));
    expect(await new Promise((resolve) => second.once("close", resolve)), output).to.equal(9);
    expect(output).to.equal(`Another embedded EC2 (process ${children[0]!.pid}) has ${directory()} already.\n`);
  });

  it("is not kept from starting by one that started later, nor by one of another folder", async () => {
    await daemon(directory());
    await daemon(`${directory()}2`);
    expect(await refusal()).to.equal("none");
  });

  it("does not start where one answers that cannot be seen", async () => {
    const { control } = cloudFiles(directory());
    const server = net.createServer().listen(control);
    try {
      expect(await refusal()).to.equal(`Another embedded EC2 answers on ${control} already.`);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    expect(await refusal()).to.equal("none");
  });

  it("has ended when its process has, though others have the same arguments later", async () => {
    const child = await daemon(directory());
    const files = cloudFiles(directory());
    const found = (await findDaemon(files))!;
    child.kill("SIGKILL");
    expect(await waitForExit(found, 10_000)).to.equal(true);
    expect(await findDaemon(files)).to.be.undefined;
  });
});

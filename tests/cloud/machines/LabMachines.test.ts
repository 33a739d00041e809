import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { labFiles, machineFiles } from "../../../cloud/machines/files";
import { LabMachines } from "../../../cloud/machines/LabMachines";
import { readLabState, writeLabState, type LabState } from "../../../cloud/machines/labState";
import { QmpClient } from "../../../cloud/machines/qmp";

const spec = (n: number) => ({
  name: `node-${n}`,
  address: `10.240.0.25${n}`,
  prefixLength: 24,
  memoryMiB: 512,
  cores: 1,
  diskGiB: 2,
});

/** Stands in for a machine's QEMU: its command line names the pid file, and it speaks enough QMP to be switched off. */
const fakeQemu = `
const [pidFile, socket, mode] = process.argv.slice(1);
require("node:net").createServer((peer) => {
  peer.write('{"QMP": {}}\\n');
  peer.on("error", () => undefined);
  peer.on("data", (data) => {
    for (const line of String(data).split("\\n").filter(Boolean)) {
      const { execute, id } = JSON.parse(line);
      if (!["qmp_capabilities", "system_powerdown", "quit"].includes(execute)) process.exit(90);
      peer.write(JSON.stringify({ return: {}, id }) + "\\n");
      if (execute === mode) process.exit(0);
    }
  });
}).listen(socket, () => require("node:fs").writeFileSync(pidFile, String(process.pid)));
`;

describe("a lab's machines", () => {
  let folder: string;
  let directory: string;
  let lab: LabMachines;
  let children: ChildProcess[];
  const failure = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => "did not fail",
      (error: Error) => error.message,
    );

  /** A lab of two machines that exist and are off. */
  async function makeLab(): Promise<LabState> {
    const base = Object.fromEntries(
      ["disk", "kernel", "initrd"].map((name) => [name, path.join(folder, name)]),
    ) as Record<"disk" | "kernel" | "initrd", string>;
    for (const file of Object.values(base)) writeFileSync(file, "");
    const machines = [1, 2].map((n) => ({
      spec: spec(n),
      id: `${n}`.repeat(32),
      hostKey: `ssh-ed25519 HOST${n}`,
      base,
    }));
    const state: LabState = { version: 1, index: 200, userKey: "ssh-ed25519 USER", machines };
    mkdirSync(directory, { recursive: true });
    await writeLabState(labFiles(directory).state, state);
    for (const { spec } of machines) {
      const files = machineFiles(labFiles(directory), spec.name);
      mkdirSync(path.dirname(files.disk), { recursive: true });
      writeFileSync(files.disk, "");
      writeFileSync(files.hostKey, "");
    }
    return state;
  }

  async function runFake(name: string, mode: string): Promise<ChildProcess> {
    const { pid, qmp } = machineFiles(labFiles(directory), name);
    const child = spawn(process.execPath, ["-e", fakeQemu, pid, qmp, mode], { stdio: "ignore" });
    children.push(child);
    for (let i = 0; i < 500 && !existsSync(pid); i += 1) await sleep(10);
    return child;
  }

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "hardway-test-"));
    directory = path.join(folder, "lab");
    lab = LabMachines.open({ directory, cacheDirectory: path.join(folder, "cache") });
    children = [];
  });

  afterEach(() => {
    for (const child of children) child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });

  it("do not exist before up, and nothing is made by looking", async () => {
    expect(await lab.status()).to.deep.equal([]);
    await lab.stop();
    await lab.destroy();
    expect(await failure(lab.start())).to.equal(`There is no lab in ${directory}; "hardway up" makes one.`);
    expect(existsSync(directory)).to.be.false;
  });

  it("are refused with every problem before anything is made", async () => {
    const message = await failure(
      lab.up([
        { ...spec(1), cores: 0 },
        { ...spec(1), address: "x" },
      ]),
    );
    expect(message).to.contain("cores 0").and.to.contain('address "x"').and.to.contain("the same name");
    expect(existsSync(directory)).to.be.false;
  });

  it("are running when their own process runs, and stopped when it was killed", async () => {
    await makeLab();
    const child = await runFake("node-1", "quit");
    const [one, two] = await lab.status();
    expect(one).to.deep.include({ name: "node-1", address: "10.240.0.251", state: "running", pid: child.pid });
    expect(one?.ssh).to.deep.equal({
      host: "127.77.200.251",
      port: 2222,
      user: "admin",
      privateKeyFile: path.join(directory, "id_ed25519"),
      hostKey: "ssh-ed25519 HOST1",
    });
    expect(Date.parse(one!.startedAt!)).to.be.closeTo(Date.now(), 60_000);
    expect(two).to.deep.include({ name: "node-2", state: "stopped" }).and.not.to.have.property("pid");

    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));
    expect((await lab.status())[0]).to.deep.include({ state: "stopped" });
  });

  it("are not running when their pid belongs to another process now", async () => {
    await makeLab();
    writeFileSync(machineFiles(labFiles(directory), "node-1").pid, String(process.pid));
    expect((await lab.status())[0]?.state).to.equal("stopped");
    await lab.destroy();
    expect(existsSync(directory)).to.be.false;
  });

  it("are missing without a disk", async () => {
    await makeLab();
    rmSync(machineFiles(labFiles(directory), "node-2").disk);
    expect((await lab.status()).map(({ state }) => state)).to.deep.equal(["stopped", "missing"]);
  });

  it("are stopped by their power button", async () => {
    await makeLab();
    const child = await runFake("node-1", "system_powerdown");
    await lab.stop();
    expect(child.exitCode ?? (await new Promise((resolve) => child.once("exit", resolve)))).to.equal(0);
    const files = machineFiles(labFiles(directory), "node-1");
    expect([files.disk, files.hostKey].every(existsSync), "what a later start needs").to.be.true;
    expect([files.pid, files.qmp].some(existsSync), "what only a running machine has").to.be.false;
  });

  it("are killed by destroy, which leaves nothing but other parts' files", async () => {
    await makeLab();
    const child = await runFake("node-1", "quit");
    writeFileSync(path.join(directory, "inventory.json"), "{}");
    await lab.destroy();
    expect(
      child.signalCode ?? (await new Promise((resolve) => child.once("exit", (_, signal) => resolve(signal)))),
    ).to.equal("SIGKILL");
    expect(existsSync(path.join(directory, "inventory.json"))).to.be.true;
    expect(existsSync(path.join(directory, "machines"))).to.be.false;
    expect(await lab.status()).to.deep.equal([]);
  });

  it("are removed with a state that nobody can read", async () => {
    await makeLab();
    const child = await runFake("node-1", "quit");
    writeFileSync(labFiles(directory).state, "{");
    expect(await failure(lab.status())).to.contain("is not a lab's state");
    await lab.destroy();
    expect(
      child.signalCode ?? (await new Promise((resolve) => child.once("exit", (_, signal) => resolve(signal)))),
    ).to.equal("SIGKILL");
    expect(existsSync(directory)).to.be.false;
  });

  it("are not started without what their disks build on, or while their ports are taken; one error tells all", async () => {
    const { machines } = await makeLab();
    rmSync(machines[0]!.base.kernel);
    const before = readFileSync(labFiles(directory).state, "utf8");
    const server = (await import("node:net")).createServer();
    await new Promise<void>((resolve) => server.listen({ host: "127.77.200.252", port: 2222 }, resolve));
    mkdirSync(path.join(folder, "cache"));
    const message = await failure(lab.start());
    server.close();
    expect(message).to.contain(`node-1: ${machines[0]!.base.kernel}, on which its disk builds, is gone`);
    expect(readFileSync(labFiles(directory).state, "utf8")).to.equal(before);

    for (const file of Object.values(machines[0]!.base)) writeFileSync(file, "");
    const second = (await import("node:net")).createServer();
    await new Promise<void>((resolve) => second.listen({ host: "127.77.200.252", port: 2222 }, resolve));
    const taken = await failure(lab.start());
    second.close();
    expect(taken).to.contain(`node-2: 127.77.200.252:2222 is taken by process ${process.pid}`);
  });

  it("have an error with QEMU's own words when QEMU does not start", async () => {
    const { machines } = await makeLab();
    // Not a disk image, so QEMU refuses it.
    for (const { spec } of machines) writeFileSync(machineFiles(labFiles(directory), spec.name).disk, "no disk");
    const message = await failure(lab.start());
    expect(message).to.match(
      /node-1: QEMU could not be started: it ended with status 1 \(log: .*node-1\/qemu\.log\)\.\n.*qcow2/s,
    );
    expect((await lab.status()).map(({ state }) => state)).to.deep.equal(["stopped", "stopped"]);
    await lab.stop();
  }).timeout(60_000);

  it("are left alone by a second command while the first is at work", async () => {
    await makeLab();
    await runFake("node-1", "quit");
    const texts: string[] = [];
    const controller = new AbortController();
    // The fake ignores the power button, so this waits.
    const first = failure(lab.stop({ signal: controller.signal }));
    await sleep(200);
    const second = failure(lab.stop({ signal: controller.signal, onProgress: ({ text }) => texts.push(text) }));
    await sleep(200);
    controller.abort(new Error("enough"));
    expect(await first).to.contain("abort");
    expect(await second).to.contain("abort");
    expect(texts).to.deep.equal(["waiting for another command on this lab"]);
    expect((await lab.status())[0]?.state, "still ours to stop").to.equal("running");
  });

  it("keep their state readable for the next command", async () => {
    const state = await makeLab();
    expect(await readLabState(labFiles(directory).state)).to.deep.equal(state);
    expect(lab.consoleSocket("node-1")).to.equal(path.join(directory, "machines", "node-1", "console.sock"));
    const client = await runFake("node-2", "quit").then(() =>
      QmpClient.connect(machineFiles(labFiles(directory), "node-2").qmp),
    );
    await client.execute("quit");
    client.close();
  });
});

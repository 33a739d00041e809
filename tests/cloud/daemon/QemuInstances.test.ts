import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import type { InstanceLaunch } from "../../../cloud/api/driver";
import { QemuInstances, type QemuInstancesOptions } from "../../../cloud/daemon/QemuInstances";
import { Machine } from "../../../cloud/machines/Machine";

const qemu = path.join(__dirname, "../../support/fakeQemu.mjs");
const one = "i-00000000000000001";

describe("instances as QEMU processes", () => {
  let folder: string;
  let driver: QemuInstances;
  let log: string[];
  const signal = new AbortController().signal;

  const options = (): QemuInstancesOptions => ({
    directory: path.join(folder, "instances"),
    architecture: { debian: "amd64", qemu, qemuPackage: "none" },
    acceleration: { accelerator: "tcg", reason: "a test" },
    base: { id: "base", disk: base("disk"), kernel: base("kernel"), initrd: base("initrd") },
    images: [],
    log: (line) => log.push(line),
  });
  const open = (): QemuInstances => new QemuInstances(options());
  const base = (name: string): string => path.join(folder, name);
  const machine = (id = one): Machine => new Machine(path.join(folder, "instances", id));
  const identity = (id = one): Record<string, unknown> =>
    JSON.parse(readFileSync(path.join(folder, "instances", id, "identity.json"), "utf8")) as Record<string, unknown>;

  async function launch(more: Partial<InstanceLaunch> = {}): Promise<InstanceLaunch> {
    const publicAddress = await driver.claimPublicAddress(
      { vpcId: "vpc-1", privateAddress: "10.240.0.249" },
      new Set<string>(),
    );
    return {
      ...{ instanceId: one, imageId: "ami-1", cores: 1, memoryMiB: 512, diskGiB: 2, mac: "02:00:00:00:00:01" },
      dataDisks: [],
      ...{ privateAddress: "10.240.0.249", prefixLength: 24, router: "10.240.0.1", vpcCidrs: ["10.240.0.0/16"] },
      ...{ hostname: "ip-10-240-0-249", publicAddress },
      ...more,
    };
  }

  const failure = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => "did not fail",
      (error: Error) => error.message,
    );

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "hw-test-"));
    for (const name of ["disk", "kernel", "initrd"]) writeFileSync(base(name), "");
    truncateSync(base("disk"), 1 << 20);
    log = [];
    driver = open();
  });

  afterEach(async () => {
    delete process.env["FAKE_QEMU"];
    driver.close();
    const directory = path.join(folder, "instances");
    for (const id of existsSync(directory) ? readdirSync(directory) : []) await machine(id).remove();
    rmSync(folder, { recursive: true });
  });

  it("boot, are found running, and are switched off by their power button", async () => {
    await driver.start(await launch(), signal);
    expect(await driver.isRunning(one)).to.equal(true);
    const { pid } = (await machine().find())!;
    await driver.start(await launch({ publicAddress: undefined }), signal);
    expect((await machine().find())?.pid, "a second start changes nothing").to.equal(pid);

    await driver.stop(one, { force: false });
    expect(await driver.isRunning(one)).to.equal(false);
    expect(existsSync(machine().files.disk)).to.equal(true);
  });

  it("keep what was made for them over a stop, and are others after they were terminated", async () => {
    const dataDisks = [{ volumeId: "vol-0123456789abcdef0", sizeGiB: 1 }];
    await driver.start(await launch({ userData: "#cloud-config\nhostname: a\n", dataDisks }), signal);
    const before = identity();
    const disk = machine().files.dataDisk("vol0123456789abcdef0");
    const { ino } = statSync(disk);
    await driver.stop(one, { force: true });
    // As with cloud-init, new user data do not count for a machine that has booted before.
    await driver.start(await launch({ userData: "#cloud-config\nhostname: b\n", dataDisks }), signal);
    expect(identity()).to.deep.equal(before);
    expect(statSync(disk).ino).to.equal(ino);
    expect(readFileSync(path.join(machine().files.credentials, "system.hostname"), "utf8")).to.equal("a");

    await driver.terminate(one);
    expect(existsSync(machine().files.folder)).to.equal(false);
    await driver.start(await launch(), signal);
    expect(identity()["machineId"]).not.to.equal(before["machineId"]);
  });

  it("tell their host key on the console, as cloud-init does", async () => {
    await driver.start(await launch(), signal);
    const { publicKey } = identity()["hostKey"] as { publicKey: string };
    expect(await driver.consoleOutput(one)).to.equal(
      "Debian GNU/Linux 13\n\nlogin: \n" +
        `-----BEGIN SSH HOST KEY KEYS-----\n${publicKey}\n-----END SSH HOST KEY KEYS-----\n`,
    );
  });

  it("are reported when they end by themselves, and only then", async () => {
    const exits: string[] = [];
    driver.onExit((id) => exits.push(id));
    await driver.start(await launch(), signal);
    await driver.stop(one, { force: false });
    await driver.start(await launch(), signal);
    process.kill((await machine().find())!.pid, "SIGKILL");
    for (let waited = 0; exits.length === 0 && waited < 100; waited += 1) await sleep(100);
    await sleep(1_200);
    expect(exits).to.deep.equal([one]);
  });

  it("outlive the daemon, and are looked after by the next one", async () => {
    await driver.start(await launch(), signal);
    driver.close();
    driver = open();
    const exits: string[] = [];
    driver.onExit((id) => exits.push(id));
    expect(await driver.isRunning(one)).to.equal(true);
    await machine().kill();
    for (let waited = 0; exits.length === 0 && waited < 100; waited += 1) await sleep(100);
    expect(exits).to.deep.equal([one]);
  });

  it("say why they do not boot", async () => {
    process.env["FAKE_QEMU"] = "fails";
    expect(await failure(driver.start(await launch(), signal))).to.match(
      /^i-0{16}1: QEMU could not be started: it ended with status 1 .*\nfake: no memory$/s,
    );
    rmSync(base("kernel"));
    expect(await failure(driver.start(await launch(), signal))).to.contain("kernel, on which its disk builds, is gone");
  });

  it("are given up on a signal and left as they are", async () => {
    process.env["FAKE_QEMU"] = "silent";
    const stop = new AbortController();
    const started = failure(driver.start(await launch(), stop.signal));
    for (let waited = 0; !(await machine().find()) && waited < 100; waited += 1) await sleep(100);
    stop.abort();
    expect(await started).to.contain("aborted");
    expect(await driver.isRunning(one)).to.equal(true);
  });

  it("never get a folder from an id that is none", async () => {
    expect(() => driver.socket("../../etc")).to.throw("../../etc is no instance id");
    expect(await failure(driver.terminate("i-1"))).to.equal("i-1 is no instance id");
  });

  it("have public addresses that are free", async () => {
    const wish = { vpcId: "vpc-1", privateAddress: "10.240.0.249" };
    const first = await driver.claimPublicAddress(wish, new Set());
    expect(first).to.match(/^127\.77\.\d+\.249$/);
    expect(await driver.claimPublicAddress(wish, new Set([first]))).not.to.equal(first);
    await driver.start(await launch({ publicAddress: first }), signal);
    expect(await driver.claimPublicAddress(wish, new Set())).not.to.equal(first);
  });

  it("have other addresses than those that another user's daemon gives out at the same moment", async () => {
    const other = new QemuInstances({ ...options(), directory: path.join(folder, "other") });
    const two = "i-00000000000000002";
    const wish = { vpcId: "vpc-1", privateAddress: "10.240.0.249" };
    try {
      const [mine, theirs] = await Promise.all([driver, other].map((one) => one.claimPublicAddress(wish, new Set())));
      expect(mine).not.to.equal(theirs);
      // One that is held and not listened on yet can neither be taken nor booted on by others.
      expect(await other.claimPublicAddress(wish, new Set())).to.equal(theirs);
      const unasked = failure(other.start(await launch({ instanceId: two, publicAddress: mine! }), signal));
      expect(await unasked).to.contain(`Another embedded EC2 is giving ${mine} to a machine`);
      await Promise.all([
        driver.start(await launch({ publicAddress: mine! }), signal),
        other.start(await launch({ instanceId: two, publicAddress: theirs! }), signal),
      ]);
      // Both listen, so what is free now is neither of them.
      expect([mine, theirs]).not.to.include(await other.claimPublicAddress(wish, new Set()));
    } finally {
      await other.terminate(two);
      other.close();
    }
  });

  it("leave an address to others when they could not boot on it", async () => {
    const other = new QemuInstances({ ...options(), directory: path.join(folder, "other") });
    try {
      const asked = await launch();
      process.env["FAKE_QEMU"] = "fails";
      expect(await failure(driver.start(asked, signal))).to.contain("no memory");
      const wish = { vpcId: "vpc-1", privateAddress: asked.privateAddress };
      // Whoever had the addresses before it, a test of another file for one, may have left them since.
      const [, network, host] = /^127\.77\.(\d+)\.(\d+)$/.exec(asked.publicAddress!)!;
      const before = Array.from({ length: Number(network) }, (_, index) => `127.77.${index}.${host}`);
      expect(await other.claimPublicAddress(wish, new Set(before))).to.equal(asked.publicAddress);
    } finally {
      other.close();
    }
  });
});

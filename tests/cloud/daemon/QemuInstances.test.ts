import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import type { InstanceLaunch } from "../../../cloud/api/core/driver";
import { QemuInstances, type QemuInstancesOptions } from "../../../cloud/daemon/QemuInstances";
import { GuestFilter } from "../../../cloud/machines/guestFilter";
import { Machine } from "../../../cloud/machines/Machine";
import { occupy } from "../../../cloud/machines/ports";
import { processIdentity } from "../../../cloud/processIdentity";
import { backingFile } from "../../../cloud/machines/qcow2";
import { QmpClient } from "../../../cloud/machines/qmp";

const qemu = path.join(__dirname, "../../support/fakeQemu.mjs");
const one = "i-00000000000000001";

describe("instances as QEMU processes", () => {
  let folder: string;
  let driver: QemuInstances;
  let log: string[];
  const signal = new AbortController().signal;

  const options = (): QemuInstancesOptions => ({
    ...{
      instances: path.join(folder, "instances"),
      lost: path.join(folder, "lost"),
      bases: path.join(folder, "bases"),
    },
    architecture: { debian: "amd64", qemu, qemuPackage: "none" },
    acceleration: { accelerator: "tcg", reason: "a test" },
    newBase: () => Promise.resolve({ disk: base("disk"), kernel: base("kernel"), initrd: base("initrd") }),
    images: [],
    filter: new GuestFilter(),
    log: (line) => log.push(line),
  });
  const open = (): QemuInstances => new QemuInstances(options());
  /** Another user's, whose state is elsewhere. */
  const openOther = (): QemuInstances => {
    const state = path.join(folder, "other");
    const folders = { instances: path.join(state, "instances"), lost: path.join(state, "lost") };
    return new QemuInstances({ ...options(), ...folders, bases: path.join(state, "bases") });
  };
  const base = (name: string): string => path.join(folder, name);
  /** A base disk as a build makes it: no two have the same superblock. */
  const build = (): void => {
    for (const name of ["disk", "kernel", "initrd"]) {
      rmSync(base(name), { force: true });
      writeFileSync(base(name), name === "disk" ? Buffer.concat([Buffer.alloc(1024), randomBytes(1024)]) : "");
    }
    truncateSync(base("disk"), 1 << 20);
  };
  const bases = (): string[] => readdirSync(path.join(folder, "bases"));
  const machine = (id = one): Machine => new Machine(path.join(folder, "instances", id));
  const identity = (id = one): Record<string, unknown> =>
    JSON.parse(readFileSync(path.join(folder, "instances", id, "identity.json"), "utf8")) as Record<string, unknown>;

  async function launch(more: Partial<InstanceLaunch> = {}): Promise<InstanceLaunch> {
    const publicAddress = await driver.claimPublicAddress({ privateAddress: "10.240.0.249" }, new Set<string>());
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
    build();
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
    const exits: (string | undefined)[][] = [];
    driver.onExit((...exit) => exits.push(exit));
    await driver.start(await launch(), signal);
    await driver.stop(one, { force: false });
    await driver.start(await launch(), signal);
    process.kill((await machine().find())!.pid, "SIGKILL");
    for (let waited = 0; exits.length === 0 && waited < 100; waited += 1) await sleep(100);
    await sleep(1_200);
    const problem = `its QEMU was killed or has crashed, as when memory runs out (log: ${machine().files.log})`;
    expect(exits).to.deep.equal([[one, problem]]);
  });

  it("that switch themselves off have no problem", async () => {
    const exits: (string | undefined)[][] = [];
    driver.onExit((...exit) => exits.push(exit));
    await driver.start(await launch(), signal);
    const client = await QmpClient.connect(machine().files.qmp);
    await client.execute("system_powerdown").catch(() => undefined);
    client.close();
    for (let waited = 0; exits.length === 0 && waited < 100; waited += 1) await sleep(100);
    expect(exits).to.deep.equal([[one, undefined]]);
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

  it("outlive the cache: the base disk that they stand on is kept until the last of them is terminated", async () => {
    const two = "i-00000000000000002";
    await driver.start(await launch(), signal);
    await driver.start(await launch({ instanceId: two, publicAddress: undefined }), signal);
    const { content } = identity()["base"] as { content: string };
    await driver.stop(one, { force: true });
    for (const name of ["disk", "kernel", "initrd"]) rmSync(base(name));
    await driver.start(await launch({ hasRun: true }), signal);
    expect(bases()).to.deep.equal([content]);

    await driver.terminate(two);
    expect(bases()).to.deep.equal([content]);
    await driver.terminate(one);
    expect(bases()).to.deep.equal([]);
  });

  it("stand on their own base disk after another one was built", async () => {
    const two = "i-00000000000000002";
    await driver.start(await launch(), signal);
    await driver.stop(one, { force: true });
    build();
    await driver.start(await launch({ instanceId: two, publicAddress: undefined }), signal);
    await driver.start(await launch({ hasRun: true }), signal);
    const contents = [one, two].map((id) => (identity(id)["base"] as { content: string }).content);
    expect(contents[0]).not.to.equal(contents[1]);
    expect(bases()).to.have.members(contents);
  });

  it("never start on a base disk of other content, and say what to do", async () => {
    await driver.start(await launch(), signal);
    await driver.stop(one, { force: true });
    const { content } = identity()["base"] as { content: string };
    const kept = path.join(folder, "bases", content, "disk.raw");
    const refused = new RegExp(
      `^The base disk ${content} on which its disk stands, is gone or was changed, and ${one} cannot run without it. ` +
        `Put it back, or replace the machine with its disks: terminate ${one}, and the next "./hardway up" makes a new one.$`,
    );
    const { disk, pid } = machine().files;
    const before = readFileSync(disk);
    // Written to where it lies: the same file, and another one in its place.
    writeFileSync(kept, randomBytes(1024), { flag: "r+" });
    const changed = readFileSync(kept);
    changed.fill("x", 1024 + 0x30, 1024 + 0x34);
    rmSync(kept);
    writeFileSync(kept, changed);
    build();
    expect(await failure(driver.start(await launch({ hasRun: true }), signal))).to.match(refused);
    rmSync(path.join(folder, "bases"), { recursive: true });
    expect(await failure(driver.start(await launch({ hasRun: true }), signal))).to.match(refused);
    expect(existsSync(pid)).to.equal(false);
    expect(readFileSync(disk).equals(before)).to.equal(true);
  });

  it("get their base disk back from the cache where only the kept one is gone", async () => {
    await driver.start(await launch(), signal);
    await driver.stop(one, { force: true });
    rmSync(path.join(folder, "bases"), { recursive: true });
    await driver.start(await launch({ hasRun: true }), signal);
    expect(bases()).to.have.length(1);
  });

  /** Makes of the instance one that an earlier version made: it stands on the disk in the cache. */
  function asOfEarlierVersion(): void {
    const { disk, folder: instance } = machine().files;
    const cached = { disk: base("disk"), kernel: base("kernel"), initrd: base("initrd") };
    writeFileSync(path.join(instance, "identity.json"), JSON.stringify({ ...identity(), base: cached }));
    spawnSync("qemu-img", ["rebase", "-u", "-f", "qcow2", "-F", "raw", "-b", base("disk"), disk]);
    rmSync(path.join(folder, "bases"), { recursive: true });
  }

  it("of an earlier version go on: their base disk is kept as soon as the daemon starts", async () => {
    await driver.start(await launch(), signal);
    await driver.stop(one, { force: true });
    asOfEarlierVersion();
    log = [];
    await driver.takeOver([{ id: one, state: "stopped" }]);
    expect(log).to.deep.equal([]);
    for (const name of ["disk", "kernel", "initrd"]) rmSync(base(name));
    await driver.start(await launch({ hasRun: true }), signal);
    expect(await backingFile(machine().files.disk)).to.equal(path.join(folder, "bases", bases()[0]!, "disk.raw"));
  });

  it("of an earlier version do not start when their base disk was built anew meanwhile", async () => {
    await driver.start(await launch(), signal);
    await driver.stop(one, { force: true });
    // The guest has mounted its disk: its superblock, the base disk's UUID in it, is in the overlay.
    const io = ["-f", "qcow2", "-c", "read -q 0 64k", "-c", "write -q -P 7 1024 1k", machine().files.disk];
    expect(spawnSync("qemu-io", io).status).to.equal(0);
    asOfEarlierVersion();
    build();
    await driver.takeOver([{ id: one, state: "stopped" }]);
    const refused = `${base("disk")} is another base disk than the one its disk stands on, and ${one} cannot run`;
    expect(log.at(-1)).to.contain(refused);
    expect(await failure(driver.start(await launch({ hasRun: true }), signal))).to.contain(refused);
  });

  it("never begin anew in silence where a file of theirs is lost or damaged", async () => {
    const dataDisks = [{ volumeId: "vol-0123456789abcdef0", sizeGiB: 1 }];
    await driver.start(await launch({ dataDisks }), signal);
    await driver.stop(one, { force: true });
    const { disk, dataDisk, folder: instance } = machine().files;
    const file = path.join(instance, "identity.json");
    const again = async (hasRun: boolean): Promise<string> =>
      failure(driver.start(await launch({ hasRun, dataDisks }), signal));
    const advice =
      ", and i-00000000000000001 cannot run without it. Put it back, or replace the machine with its disks: " +
      'terminate i-00000000000000001, and the next "./hardway up" makes a new one.';

    for (const lost of [disk, dataDisk("vol0123456789abcdef0"), file]) {
      renameSync(lost, `${lost}.away`);
      expect(await again(true)).to.equal(`${lost} is missing${advice}`);
      renameSync(`${lost}.away`, lost);
    }
    const whole = readFileSync(file);
    writeFileSync(file, whole.subarray(0, 100));
    expect(await again(true)).to.match(/identity\.json cannot be read \(.* in JSON at position \d+.*\), and i-/);
    expect(await driver.consoleOutput(one)).to.equal("Debian GNU/Linux 13\n\nlogin: ");
    writeFileSync(file, "{}");
    expect(await again(true)).to.equal(`${file} cannot be read (it lacks what it should hold)${advice}`);
    rmSync(file);
    expect(await again(false)).to.equal(`${file} is missing${advice}`);
    expect(existsSync(disk)).to.equal(true);
    writeFileSync(file, whole);
    expect(await again(true)).to.equal("did not fail");
  });

  it("are found, and can be ended, whatever became of their pid file and of the clock", async () => {
    await driver.start(await launch(), signal);
    const { pid } = (await machine().find())!;
    const hourAgo = Date.now() / 1000 - 3600;
    utimesSync(machine().files.pid, hourAgo, hourAgo);
    expect((await machine().find())?.pid).to.equal(pid);
    writeFileSync(machine().files.pid, "garbage");
    expect(await driver.isRunning(one)).to.equal(true);
    rmSync(machine().files.pid);
    await driver.start(await launch({ publicAddress: undefined }), signal);
    expect((await machine().find())?.pid, "no second one").to.equal(pid);
    rmSync(machine().files.pid);
    await driver.terminate(one);
    expect(processIdentity(pid)).to.be.undefined;
  });

  it("keep their disks as long as another process has one of them open", async () => {
    await driver.start(await launch(), signal);
    const { disk } = machine().files;
    const handle = openSync(disk, "r");
    try {
      expect(await failure(driver.terminate(one))).to.match(
        new RegExp(`disk.qcow2 is not removed: process ${process.pid} \\(.*\\) has it open. End that first.$`),
      );
      expect(existsSync(disk)).to.equal(true);
    } finally {
      closeSync(handle);
    }
    await driver.terminate(one);
    expect(existsSync(disk)).to.equal(false);
  });

  it("that no state knows are shut down at the daemon's start, and their disks are put aside", async () => {
    await driver.start(await launch(), signal);
    const { pid } = (await machine().find())!;
    await driver.takeOver([]);
    expect(processIdentity(pid)).to.be.undefined;
    expect(existsSync(machine().files.folder)).to.equal(false);
    const [aside] = readdirSync(path.join(folder, "lost"));
    expect(aside).to.match(new RegExp(`^${one}\\.\\d+$`));
    expect(existsSync(path.join(folder, "lost", aside!, "disk.qcow2"))).to.equal(true);
    expect(log.at(-2)).to.equal(
      `${one}: is terminated, or belongs to no instance, and its machine runs (process ${pid}): shutting it down`,
    );
    expect(log.at(-1)).to.equal(
      `${one}: belongs to no instance; its disks are kept in ${path.join(folder, "lost", aside!)} until you remove that`,
    );
    // What they stand on stays with them.
    await driver.takeOver([]);
    expect(bases()).to.have.length(1);
  });

  it("whose folder was removed while they ran are ended too", async () => {
    await driver.start(await launch(), signal);
    const { pid } = (await machine().find())!;
    rmSync(machine().files.folder, { recursive: true });
    await driver.takeOver([]);
    expect(processIdentity(pid)).to.be.undefined;
  });

  it("that run are left alone at the daemon's start, and those that should not are shut down", async () => {
    await driver.start(await launch(), signal);
    const { pid } = (await machine().find())!;
    await driver.takeOver([{ id: one, state: "running" }]);
    expect((await machine().find())?.pid).to.equal(pid);
    await driver.takeOver([{ id: one, state: "stopped" }]);
    expect(await machine().find()).to.be.undefined;
    expect(existsSync(machine().files.disk)).to.equal(true);
  });

  it("say why they do not boot", async () => {
    process.env["FAKE_QEMU"] = "fails";
    expect(await failure(driver.start(await launch(), signal))).to.match(
      /^i-0{16}1: QEMU could not be started: it ended with status 1 .*\nfake: no memory$/s,
    );
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
    const wish = { privateAddress: "10.240.0.249" };
    const first = await driver.claimPublicAddress(wish, new Set());
    expect(first).to.match(/^127\.77\.\d+\.249$/);
    expect(await driver.claimPublicAddress(wish, new Set([first]))).not.to.equal(first);
    await driver.start(await launch({ publicAddress: first }), signal);
    expect(await driver.claimPublicAddress(wish, new Set())).not.to.equal(first);
  });

  it("have the address again that they had before, which no other instance gets meanwhile", async () => {
    const wish = { instanceId: one, privateAddress: "10.240.0.249" };
    const lowest = await driver.claimPublicAddress(wish, new Set());
    // Another lab has the lowest one, until this one is stopped.
    const mine = await driver.claimPublicAddress(wish, new Set([lowest]));
    await driver.start(await launch({ publicAddress: mine }), signal);
    await driver.stop(one, { force: true });
    driver.close();
    driver = open();
    expect(await driver.claimPublicAddress(wish, new Set())).to.equal(mine);
    const other = { ...wish, instanceId: "i-00000000000000002" };
    expect(await driver.claimPublicAddress(other, new Set([lowest]))).not.to.be.oneOf([lowest, mine]);
    // Only where somebody else has it by now, there is another one.
    driver.close();
    driver = open();
    const [, network, host] = /^127\.77\.(\d+)\.(\d+)$/.exec(mine)!;
    const server = await occupy({ host: mine, port: 2222 });
    try {
      expect(await driver.claimPublicAddress(wish, new Set())).not.to.equal(`127.77.${network}.${host}`);
    } finally {
      server.close();
    }
  });

  it("have other addresses than those that another user's daemon gives out at the same moment", async () => {
    const other = openOther();
    const two = "i-00000000000000002";
    const wish = { privateAddress: "10.240.0.249" };
    try {
      const [mine, theirs] = await Promise.all([driver, other].map((one) => one.claimPublicAddress(wish, new Set())));
      expect(mine).not.to.equal(theirs);
      // One that is held and not listened on yet can neither be taken nor booted on by others.
      expect(await other.claimPublicAddress(wish, new Set())).to.equal(theirs);
      const unasked = failure(other.start(await launch({ instanceId: two, publicAddress: mine! }), signal));
      expect(await unasked).to.contain(`Another embedded EC2 is giving ${mine} to a machine`);
      const launches = [
        await launch({ publicAddress: mine! }),
        await launch({ instanceId: two, publicAddress: theirs! }),
      ];
      // Both are waited for, whatever becomes of one: neither is to be taken away while it still starts.
      const started = await Promise.allSettled([driver.start(launches[0]!, signal), other.start(launches[1]!, signal)]);
      expect(started.map((one) => (one.status === "rejected" ? String(one.reason) : "started"))).to.deep.equal([
        "started",
        "started",
      ]);
      // Both listen, so what is free now is neither of them.
      expect([mine, theirs]).not.to.include(await other.claimPublicAddress(wish, new Set()));
    } finally {
      await other.terminate(two);
      other.close();
    }
  });

  it("leave an address to others when they could not boot on it", async () => {
    const other = openOther();
    try {
      const asked = await launch();
      process.env["FAKE_QEMU"] = "fails";
      expect(await failure(driver.start(asked, signal))).to.contain("no memory");
      const wish = { privateAddress: asked.privateAddress };
      // Whoever had the addresses before it, a test of another file for one, may have left them since.
      const [, network, host] = /^127\.77\.(\d+)\.(\d+)$/.exec(asked.publicAddress!)!;
      const before = Array.from({ length: Number(network) }, (_, index) => `127.77.${index}.${host}`);
      expect(await other.claimPublicAddress(wish, new Set(before))).to.equal(asked.publicAddress);
    } finally {
      other.close();
    }
  });
});

import { existsSync, mkdtempSync, readFileSync, statSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { FabricProcess } from "../../cloud/fabric/FabricProcess";
import { labFiles, machineFiles } from "../../cloud/machines/files";
import { LabMachines } from "../../cloud/machines/LabMachines";
import { processStart } from "../../cloud/machines/processes";
import { runOverSsh } from "../../cloud/machines/ssh";
import type { MachineSpec, MachineStatus, OnProgress } from "../../cloud/machines/types";

const spec = (name: string, address: string): MachineSpec => ({
  name,
  address,
  prefixLength: 24,
  memoryMiB: 768,
  cores: 1,
  diskGiB: 4,
});
const specs = [spec("node-0", "10.240.0.80"), spec("node-1", "10.240.0.81")];

const cacheDirectory =
  process.env.HARDWAY_CACHE_DIR ?? path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), ".cache"), "hardway");

describe("machines, really booted", function () {
  this.timeout(30 * 60_000);

  const directory = path.join(mkdtempSync(path.join(tmpdir(), "hw-e2e-")), "lab");
  const files = labFiles(directory);
  const fabric = new FabricProcess(files.fabric);
  const lab = LabMachines.open({ directory, cacheDirectory });
  const onProgress: OnProgress = ({ machine, text }) => console.log(`      ${machine ?? "lab"}: ${text}`);
  let machines: MachineStatus[] = [];

  /** Runs a command on a machine as its user and gives what it prints; the command has to succeed. */
  async function on(name: string, command: string): Promise<string> {
    const machine = machines.find((candidate) => candidate.name === name)!;
    const privateKey = readFileSync(machine.ssh.privateKeyFile, "utf8");
    const { exitCode, stdout, stderr } = await runOverSsh(machine.ssh, { privateKey, command, timeoutMs: 120_000 });
    expect(exitCode, `${name}: ${command}: ${stderr}`).to.equal(0);
    return stdout.trim();
  }

  before(() => mkdir(cacheDirectory, { recursive: true }));

  after(async () => {
    await lab.destroy();
    await rm(path.dirname(directory), { recursive: true, force: true });
  });

  it("boot to SSH", async () => {
    const result = await lab.up(specs, { onProgress });
    machines = result.machines;
    expect(result.changed).to.be.true;
    expect(machines.map(({ name, state }) => `${name} ${state}`)).to.deep.equal(["node-0 running", "node-1 running"]);
    expect(await on("node-0", "systemctl is-system-running")).to.equal("running");
  });

  it("answer only with the key that they were given", async () => {
    const [one, two] = machines;
    const privateKey = readFileSync(one!.ssh.privateKeyFile, "utf8");
    const swapped = { ...one!.ssh, hostKey: two!.ssh.hostKey };
    const error = await runOverSsh(swapped, { privateKey, command: "true", timeoutMs: 60_000 }).catch(
      (reason: unknown) => reason,
    );
    expect(error).to.have.property("name", "Error");
    expect(String(error)).to.contain("something else answers there");
  });

  it("have names and identities of their own", async () => {
    const facts = await Promise.all(
      specs.map(({ name }) =>
        on(name, "hostname; cat /etc/machine-id; sudo cat /sys/class/dmi/id/product_uuid; id -un; sudo id -un"),
      ),
    );
    const [one, two] = facts.map((text) => text.split("\n"));
    expect([one![0], one![3], one![4]]).to.deep.equal(["node-0", "admin", "root"]);
    expect(two![0]).to.equal("node-1");
    expect(one![1]).not.to.equal(two![1]);
    expect(one![2]!.replaceAll("-", ""), "the firmware's UUID is the machine-id").to.equal(one![1]);
  });

  it("give kernel preparation something to do: swap on, modules out, no forwarding", async () => {
    expect(await on("node-0", "cat /proc/swaps | tail -n +2 | cut -d ' ' -f 1; grep -c swap /etc/fstab")).to.equal(
      "/swapfile\n1",
    );
    expect(await on("node-0", "cut -d ' ' -f 1 /proc/modules | grep -cE '^(overlay|br_netfilter)$' || true")).to.equal(
      "0",
    );
    expect(await on("node-0", "cat /proc/sys/net/ipv4/ip_forward; stat -fc %T /sys/fs/cgroup")).to.equal(
      "0\ncgroup2fs",
    );
    expect(await on("node-0", "sudo modprobe -n overlay br_netfilter btrfs dm_thin_pool zram && echo there")).to.equal(
      "there",
    );
    expect(
      await on("node-0", "df -BG --output=size / | tail -n 1 | tr -d ' '"),
      "the disk has grown to its size",
    ).to.equal("4G");
  });

  it("reach each other over the lab network, at full frame size, and packages over the other card", async () => {
    expect(await on("node-0", "ping -c 3 -W 5 10.240.0.81 | grep -o '[0-9]* received'")).to.equal("3 received");
    expect(await on("node-1", "ping -c 2 -W 5 -M do -s 1472 10.240.0.80 | grep -o '[0-9]* received'")).to.equal(
      "2 received",
    );
    expect(
      await on("node-0", "ip route get 1.1.1.1 | grep -o 'dev eth0'; ip -o link show eth1 | grep -o 'mtu 1500'"),
    ).to.equal("dev eth0\nmtu 1500");
    const { ports } = await fabric.status();
    expect(ports.map(({ drops }) => drops)).to.deep.equal([{}, {}]);
    expect(ports[0]!.framesIn).to.be.at.least(5);
  });

  it("count a foreign source address in the fabric", async () => {
    const link =
      "sudo ip link add link eth1 name foreign address 02:00:00:00:00:99 type macvlan && sudo ip link set foreign up";
    await on(
      "node-0",
      `${link} && sudo ip addr add 10.240.0.99/32 dev foreign && (sudo ping -c 1 -W 1 -I foreign 10.240.0.81 || true); sudo ip link del foreign`,
    );
    expect((await fabric.status()).ports[0]!.drops["spoofed-source"]).to.be.at.least(1);
  });

  it("stay connected when the fabric is killed and comes back", async () => {
    const before = await fabric.find();
    process.kill(before!.pid, "SIGKILL");
    while (await fabric.find()) await sleep(50);
    expect((await on("node-0", "ping -c 1 -W 2 10.240.0.81 || true")).includes("1 received")).to.be.false;
    const result = await lab.up(specs, { onProgress });
    expect(result.changed).to.be.true;
    expect(
      result.machines.map(({ pid }) => pid),
      "machines ran on",
    ).to.deep.equal(machines.map(({ pid }) => pid));
    expect(await on("node-0", "ping -c 3 -W 5 10.240.0.81 | grep -o '[0-9]* received'")).to.equal("3 received");
  });

  it("are left alone by an up that has nothing to do", async () => {
    const started = Date.now();
    const result = await lab.up(specs, { onProgress });
    console.log(`      no-op up: ${Date.now() - started} ms`);
    expect(result.changed).to.be.false;
    expect(result.machines).to.deep.equal(machines);
  });

  it("keep secrets from others on this computer", () => {
    const { hostKey, credentials, disk, consoleLog } = machineFiles(files, "node-0");
    expect(statSync(directory).mode & 0o777).to.equal(0o700);
    for (const file of [
      files.userKey,
      files.state,
      hostKey,
      path.join(credentials, "tmpfiles.extra"),
      disk,
      consoleLog,
    ]) {
      expect(statSync(file).mode & 0o077, file).to.equal(0);
    }
    const key = readFileSync(hostKey, "utf8").split("\n")[1]!;
    expect(readFileSync(`/proc/${machines[0]!.pid}/cmdline`, "utf8")).not.to.contain(key);
  });

  it("keep their data over stop and start, and notice when one was killed", async () => {
    await on("node-0", "echo kept | sudo tee /var/lib/kept >/dev/null");
    const pids = machines.map(({ pid }) => pid!);
    // A power cut; the file is lost unless it was synced, the machine is not.
    await on("node-1", "echo synced >kept && sync kept");
    process.kill(pids[1]!, "SIGKILL");
    while (await processStart(pids[1]!)) await sleep(50);
    expect((await lab.status()).map(({ state }) => state)).to.deep.equal(["running", "stopped"]);

    await lab.stop({ onProgress });
    expect((await lab.status()).map(({ state }) => state)).to.deep.equal(["stopped", "stopped"]);
    expect(await Promise.all(pids.map(processStart))).to.deep.equal([undefined, undefined]);
    expect(await fabric.find()).to.be.undefined;

    const ids = await lab.start({ onProgress });
    machines = ids;
    expect(
      await on(
        "node-0",
        "cat /var/lib/kept; swapon --show=NAME --noheadings 2>/dev/null || sudo swapon --show=NAME --noheadings",
      ),
    ).to.equal("kept\n/swapfile");
    expect(await on("node-0", "sudo journalctl --list-boots --quiet | wc -l"), "a clean shutdown").to.equal("2");
    expect(await on("node-1", "cat kept")).to.equal("synced");
    expect(await on("node-0", "ping -c 2 -W 5 10.240.0.81 | grep -o '[0-9]* received'")).to.equal("2 received");
  });

  it("leave nothing behind", async () => {
    const processes = [...machines.map(({ pid }) => pid!), (await fabric.find())!.pid];
    await lab.destroy();
    expect(existsSync(directory)).to.be.false;
    expect(await Promise.all(processes.map(processStart))).to.deep.equal(processes.map(() => undefined));
  });
});

import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LabMachines } from "../../cloud/machines/LabMachines";
import { cacheDirectory } from "../../cli/paths";
import { machineSpecs } from "../../cli/lab/plannedMachines";
import { SshSession } from "../../cli/ssh/session";
import { failures, repository, TestState } from "../support/hardwayCli";

/** The whole of a lab's life on virtual machines, in the order in which a user would live it. */
describe("lab", () => {
  const state = new TestState("dev");
  const snapshotScript = readFileSync(join(__dirname, "../support/snapshot.sh"), "utf8");
  const before = new Map<string, string>();

  after(async () => {
    await LabMachines.open({ directory: state.labDirectory, cacheDirectory: cacheDirectory() }).destroy();
    expect(state.processes()).to.deep.equal([]);
    state.remove();
  });

  interface InventoryHost {
    name: string;
    ssh: { host: string; port: number; user: string; privateKeyFile: string; hostKey: string };
  }

  function inventory(): InventoryHost[] {
    const text = readFileSync(join(state.labDirectory, "inventory.json"), "utf8");
    return (JSON.parse(text) as { hosts: InventoryHost[] }).hosts;
  }

  async function onHost<T>(name: string, action: (session: SshSession) => Promise<T>): Promise<T> {
    const host = inventory().find((candidate) => candidate.name === name);
    if (host === undefined) throw new Error(`${name} is not in the inventory`);
    const privateKey = readFileSync(join(state.labDirectory, host.ssh.privateKeyFile), "utf8");
    const session = await SshSession.connect({ ...host.ssh, privateKey });
    try {
      return await action(session);
    } finally {
      session.close();
    }
  }

  async function asRoot(name: string, script: string): Promise<string> {
    const { code, stdout, stderr } = await onHost(name, (session) =>
      session.exec("sudo -n sh -s", { stdin: script, timeoutSeconds: 120 }),
    );
    expect(code, `${script}: ${stderr}`).to.equal(0);
    return stdout;
  }

  it("refuses bad configuration before it makes anything", async () => {
    const result = await state.run("sh", [
      "-c",
      `cd '${repository}' && HARDWAY_INVENTORY=/nowhere ./hardway up --lab Bad_Name`,
    ]);
    expect(result.code).to.equal(64);
    expect(result.stderr).to.contain("--lab must be");
    expect(readdirSync(state.directory)).to.deep.equal([]);
  });

  it("boots its machines as a step of its own, so that they can be looked at before anything is done to them", async () => {
    const machines = LabMachines.open({ directory: state.labDirectory, cacheDirectory: cacheDirectory() });
    const config = { workers: 2, machineMemoryMiB: 1024, machineCores: 1 };
    const { machines: started } = await machines.up(machineSpecs(config));
    for (const { name, ssh } of started) {
      const session = await SshSession.connect({ ...ssh, privateKey: readFileSync(ssh.privateKeyFile, "utf8") });
      const { code, stdout, stderr } = await session.exec("sudo -n sh -s", {
        stdin: snapshotScript,
        timeoutSeconds: 120,
      });
      session.close();
      expect(code, stderr).to.equal(0);
      // The promise of the image: kernel prep has real work to do.
      expect(stdout)
        .to.match(/\[swap\]\n\/swapfile/)
        .and.match(/\[modules\]\n\n/)
        .and.contain("net.ipv4.ip_forward = 0");
      before.set(name, stdout);
    }
    expect([...before.keys()]).to.deep.equal(["server", "node-0", "node-1"]);
  });

  it("holds the lab for one run at a time, and an interrupted one leaves it so that the next goes on", async () => {
    const first = state.start("up", "--yes");
    await waitFor(() => /lab-kernel-|kernel/.test(first.output()), "the first run works on the hosts", 300);
    const second = await state.hardway("up", "--yes");
    expect(second.code).to.equal(75);
    expect(second.stderr).to.contain(String(first.pid));

    first.interrupt();
    const { code } = await first.done;
    expect(code).to.equal(130);
  });

  it("ends with every row of the verification ok", async () => {
    const { code, stdout, stderr } = await state.hardway("up", "--yes", "--json");
    expect(code, stderr).to.equal(0);
    const result = JSON.parse(stdout) as { changed: boolean; verification: Parameters<typeof failures>[0] };
    expect(result.changed).to.equal(true);
    expect(failures(result.verification)).to.deep.equal([]);
    const areas = new Set(result.verification.map((check) => check.area));
    expect([...areas]).to.have.members(["ssh", "kernel", "runtime", "cni", "cri", "routes", "pods"]);
    const pods = result.verification.filter((check) => check.area === "pods").map((check) => check.host);
    expect(pods).to.include.members(["server", "node-0", "node-1"]);
  });

  it("changes nothing when run again, and says so", async () => {
    const { code, stdout } = await state.hardway("up", "--yes", "--json");
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.include({ changed: false });
    const plain = await state.hardway("up", "--yes");
    expect(plain.stdout.toLowerCase()).to.contain("nothing changed");
  });

  it("works with plain pulumi in a shell of its own", async () => {
    // In a copy of the checkout: with a file backend pulumi notes the stack's salt in Pulumi.dev.yaml.
    const copy = join(state.directory, "copy");
    const made = await state.run("sh", [
      "-euc",
      `mkdir '${copy}' && git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t '${copy}' && ln -s '${repository}/node_modules' '${copy}/node_modules'`,
    ]);
    expect(made.code, made.stderr).to.equal(0);
    const preview = await state.shell("pulumi preview --diff --expect-no-changes", copy);
    expect(preview.code, preview.stdout + preview.stderr).to.equal(0);
    const up = await state.shell("pulumi up --yes --skip-preview --expect-no-changes", copy);
    expect(up.code, up.stdout + up.stderr).to.equal(0);
    const refresh = await state.shell("pulumi refresh --yes --expect-no-changes", copy);
    expect(refresh.code, refresh.stdout + refresh.stderr).to.equal(0);
  });

  it("survives a reboot of every machine without another up", async () => {
    const bootId = () => asRoot("node-0", "cat /proc/sys/kernel/random/boot_id");
    const earlier = await bootId();
    expect((await state.hardway("stop")).code).to.equal(0);
    expect(state.processes()).to.deep.equal([]);
    expect((await state.hardway("start")).code).to.equal(0);
    expect(await bootId()).not.to.equal(earlier);
    const { code, checks } = await state.verify();
    expect(failures(checks)).to.deep.equal([]);
    expect(code).to.equal(0);
  });

  // Each fault is something that really happens to a host; the verification must name it, and nothing else may break.
  const faults: { fault: string; host: string; script: string; mend: string; seen: RegExp }[] = [
    {
      fault: "a route is gone",
      host: "server",
      script: "ip route del 10.200.1.0/24 proto 77",
      mend: "ip route add 10.200.1.0/24 via 10.240.0.81 proto 77",
      seen: /^server (routes|pods) .*(10\.200\.1\.|node-1)/,
    },
    {
      fault: "forwarding is off",
      host: "node-1",
      script: "sysctl -q -w net.ipv4.ip_forward=0",
      mend: "sysctl -q -w net.ipv4.ip_forward=1",
      seen: /^node-1 kernel .*ip_forward/,
    },
    {
      fault: "the runtime's socket does not answer",
      host: "node-0",
      script: "systemctl stop containerd",
      mend: "systemctl start containerd",
      seen: /^node-0 runtime /,
    },
  ];
  it("sees what is broken, and where", async () => {
    for (const { host, script } of faults) await asRoot(host, script);
    const { code, checks } = await state.verify();
    for (const { host, mend } of faults) await asRoot(host, mend);
    expect(code).to.equal(1);
    for (const { fault, seen } of faults)
      expect(
        failures(checks).some((row) => seen.test(row)),
        fault,
      ).to.equal(true);
    expect(failures((await state.verify()).checks)).to.deep.equal([]);
  });

  it("puts the hosts back as they were when the stack is destroyed", async () => {
    const { code, stderr } = await state.hardway("down", "--yes", "--keep-machines");
    expect(code, stderr).to.equal(0);
    for (const [name, snapshot] of before) {
      expect((await asRoot(name, snapshotScript)).split("\n"), name).to.deep.equal(snapshot.split("\n"));
    }
  });

  it("has components that work alone, each from its example", async () => {
    const copy = join(state.directory, "copy");
    const example = (name: string, script: string) =>
      state.shell(`unset PULUMI_STACK\n${script}`, join(copy, "examples", name));
    const { ssh } = inventory().find((host) => host.name === "node-1") as InventoryHost;
    const connection = [
      `host ${ssh.host}`,
      `port ${ssh.port}`,
      `user ${ssh.user}`,
      `privateKeyFile ${join(state.labDirectory, ssh.privateKeyFile)}`,
      `hostKey '${ssh.hostKey}'`,
    ];
    const further: Record<string, string[]> = { "pod-routes": ["address 10.240.0.81", "nextHop 10.240.0.80"] };
    const up = async (name: string): Promise<unknown> => {
      const settings = [...connection, ...(further[name] ?? [])].map((setting) => `pulumi config set ${setting}\n`);
      const { code, stdout, stderr } = await example(
        name,
        `pulumi stack init ${name} >&2\n${settings.join("")}pulumi up --yes --skip-preview >&2\npulumi stack output --json`,
      );
      expect(code, stderr).to.equal(0);
      return JSON.parse(stdout) as unknown;
    };
    const destroy = async (name: string): Promise<void> => {
      const { code, stdout, stderr } = await example(name, `pulumi destroy --yes --skip-preview --remove`);
      expect(code, stdout + stderr).to.equal(0);
    };

    expect(await up("kernel-prep")).to.have.nested.property("kernel.modules.ip_vs");
    expect(await asRoot("node-1", "cat /etc/modules-load.d/k8s.conf")).to.equal("overlay\nbr_netfilter\nip_vs\n");
    await destroy("kernel-prep");
    expect(await up("container-runtime")).to.deep.include({ socket: "/run/containerd/containerd.sock" });
    expect(await up("cni-config")).to.have.nested.property("facts.masquerade", "outsideCluster");
    expect(await up("pod-routes")).to.have.nested.property("facts.routes[0].nextHop", "10.240.0.80");
    for (const name of ["pod-routes", "cni-config", "container-runtime"]) await destroy(name);
    expect((await asRoot("node-1", snapshotScript)).split("\n")).to.deep.equal(before.get("node-1")?.split("\n"));
  });

  it("leaves nothing on this computer after down", async () => {
    const { code, stderr } = await state.hardway("down", "--yes");
    expect(code, stderr).to.equal(0);
    expect(state.processes()).to.deep.equal([]);
    expect(readdirSync(join(state.directory, "labs"))).to.deep.equal([]);
  });
});

async function waitFor(condition: () => boolean, what: string, seconds: number): Promise<void> {
  for (let waited = 0; waited < seconds * 10; waited++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what}: not within ${seconds} s`);
}

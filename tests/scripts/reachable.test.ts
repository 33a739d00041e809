import { rmSync } from "node:fs";
import { expect } from "chai";
import { FakeHost } from "./fakeHost";

const variables = { ADDRESS: "10.240.0.80", MIN_FREE_MIB: "1024", BOOT_WAIT: "2" };

function freshHost(): FakeHost {
  const host = new FakeHost();
  host.write("/run/systemd/system/.keep", "");
  host.write("/etc/os-release", 'ID=debian\nVERSION_ID="13"\n');
  host.write("/etc/machine-id", "0123abcd\n");
  host.write("/proc/meminfo", "MemTotal: 1048576 kB\n");
  host.write("/proc/1/comm", "systemd\n");
  host.write("/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory hugetlb pids rdma misc\n");
  host.write("/proc/cmdline", "console=ttyS0 quiet\n");
  host.program("id", { "-u": "echo 1000", "-un": "echo admin" });
  host.program("sudo", { "-n true": "exit 0" });
  host.program("systemctl", {
    "is-system-running": "echo degraded; exit 1",
    "is-system-running --wait": "echo degraded; exit 1",
  });
  host.program("dpkg", { "--audit": "exit 0" });
  host.program("uname", { "-m": "echo x86_64", "-n": "echo node-0", "-r": "echo 6.12.0" });
  host.program("df", { "-Pk *": "echo head; echo '/dev/vda 1 1 2097152 1% /'" });
  host.program("systemd-detect-virt", { "": "echo qemu" });
  host.program("ip", {
    "-o -4 address show scope global":
      "echo '2: eth0    inet 10.0.2.15/24 scope global eth0'; echo '3: eth1    inet 10.240.0.80/24 scope global eth1'",
    "-4 route show default": "echo 'default via 10.0.2.2 dev eth0 proto dhcp'",
  });
  return host;
}

describe("10-reachable.sh", () => {
  let host: FakeHost;
  beforeEach(() => (host = freshHost()));
  afterEach(() => host.remove());

  it("reports what the host is and writes nothing", () => {
    const before = host.tree();
    const run = host.run("10-reachable", variables);
    expect(run.stderr).to.equal("");
    expect(run.facts()).to.deep.equal({
      hostname: "node-0",
      machineId: "0123abcd",
      kernel: "6.12.0",
      architecture: "amd64",
      os: { id: "debian", version: "13" },
      cgroupVersion: 2,
      virtualization: "qemu",
      memoryMiB: 1024,
      freeMiB: 2048,
      addresses: ["10.0.2.15", "10.240.0.80"],
      defaultInterface: "eth0",
      user: "admin",
    });
    expect(host.tree()).to.deep.equal(before);
  });

  it("names every problem at once", () => {
    host.program("sudo", { "-n true": "echo 'sudo: a password is required' >&2; exit 1" });
    host.program("dpkg", { "--audit": "printf 'The following packages are only half configured:\\n containerd\\n'" });
    host.program("uname", { "-m": "echo riscv64", "-n": "echo node-0" });
    host.write("/etc/os-release", "ID=fedora\nVERSION_ID=42\n");
    const run = host.run("10-reachable", { ...variables, ADDRESS: "10.240.0.81", MIN_FREE_MIB: "5000" });
    expect(run.status).to.equal(1);
    expect(run.stdout).to.equal("");
    expect(run.stderr).to.equal(
      [
        "hardway: 10-reachable: node-0 cannot become a node, 7 problem(s):",
        "- user admin needs sudo without a password; found: sudo: a password is required. Add to /etc/sudoers.d: admin ALL=(ALL) NOPASSWD:ALL",
        "- the distribution is not supported: found fedora 42 in /etc/os-release; wanted debian 12 or later, or ubuntu 22.04 or later",
        "- the architecture is not supported: found riscv64; wanted x86_64 or aarch64",
        "- / has 2048 MiB free; wanted 5000 MiB. Free or add disk space",
        "- /var has 2048 MiB free; wanted 5000 MiB. Free or add disk space",
        "- the address 10.240.0.81 is on no interface; found 10.0.2.15 10.240.0.80. Is this the right host?",
        "- dpkg is in a broken state; run: sudo dpkg --configure -a. It says: The following packages are only half configured: containerd",
        "",
      ].join("\n"),
    );
  });

  it("wants less room on a host that is a node already", () => {
    const wanting = { ...variables, MIN_FREE_MIB: "16384" };
    expect(host.run("10-reachable", wanting).stderr).to.contain("- /var has 2048 MiB free; wanted 16384 MiB.");
    host.write("/var/lib/hardway/20-kernel-prep/pending", "");
    expect(host.run("10-reachable", wanting).status).to.equal(0);
    expect(host.run("10-reachable", { ...wanting, MIN_FREE_MIB: "16392" }).stderr).to.contain("wanted 2049 MiB.");
  });

  for (const [release, supported] of [
    ["ID=debian\nVERSION_ID=11", false],
    ["ID=debian\nVERSION_ID=12", true],
    ["ID=debian", false],
    ["ID=ubuntu\nVERSION_ID=20.04", false],
    ["ID=ubuntu\nVERSION_ID=22.04", true],
    ["ID=ubuntu\nVERSION_ID=26.04", true],
    ["ID=linuxmint\nVERSION_ID=22", false],
  ] as const) {
    it(`${supported ? "takes" : "refuses"} ${release.replace("\n", " ")}`, () => {
      host.write("/etc/os-release", `${release}\n`);
      expect(host.run("10-reachable", variables).status).to.equal(supported ? 0 : 1);
    });
  }

  it("asks a root login for no sudo", () => {
    host.program("id", { "-u": "echo 0", "-un": "echo root" });
    host.program("sudo", {});
    expect(host.run("10-reachable", variables).facts().user).to.equal("root");
  });

  it("waits for the boot and for cloud-init, to a bound", () => {
    host.program("systemctl", {
      "is-system-running --wait": "sleep 30",
      "is-system-running": "echo starting; exit 1",
      "list-jobs --no-legend --plain": "echo '12 cloud-final.service start running'",
    });
    host.program("cloud-init", { status: "echo 'status: running'", "status --wait": "sleep 30" });
    const started = Date.now();
    const run = host.run("10-reachable", variables);
    expect(run.stderr).to.contain(
      "- the boot has not finished after 2 s: systemd says starting, waiting for: cloud-final.service",
    );
    expect(run.stderr).to.contain("2 problem(s)");
    expect(run.told).to.deep.equal(["waiting until the host has booted", "waiting for cloud-init"]);
    expect(Date.now() - started).to.be.below(9000);
    host.program("systemctl", {
      "is-system-running --wait": "sleep 1; echo running",
      "is-system-running": "echo starting",
    });
    host.program("cloud-init", {
      status: `[ -e "$R/done" ] && echo 'status: done' || echo 'status: running'`,
      "status --wait": 'sleep 1; touch "$R/done"',
    });
    expect(host.run("10-reachable", variables).status).to.equal(0);
  });

  const off = (name: string) =>
    `- the kernel was started with cgroup_disable=${name}, and a kubelet needs that cgroup controller. Take it out of the boot arguments and reboot; on a Raspberry Pi, whose firmware sets it, add cgroup_enable=${name} to /boot/firmware/cmdline.txt`;
  const none = (name: string, found: string) =>
    `- the kernel has no cgroup controller ${name}, which a kubelet needs; found: ${found}. Boot a kernel that has it, with cgroup_enable=${name} among its boot arguments where it is only off`;
  const v1 = (...off: string[]) =>
    ["cpuset", "cpu", "memory", "pids", "rdma"]
      .map((name) => `${name}\t0\t36\t${off.includes(name) ? 0 : 1}\n`)
      .join("");
  const controllers: [what: string, files: Record<string, string>, problems: string[]][] = [
    [
      "memory was switched off at boot, as on a Raspberry Pi",
      {
        "/sys/fs/cgroup/cgroup.controllers": "cpuset cpu io hugetlb pids rdma misc\n",
        "/proc/cmdline": "quiet cgroup_disable=memory\n",
      },
      [off("memory")],
    ],
    [
      "several were, in one word",
      {
        "/sys/fs/cgroup/cgroup.controllers": "cpuset io\n",
        "/proc/cmdline": "cgroup_disable=memory,pids,cpu rw\n",
      },
      [off("cpu"), off("memory"), off("pids")],
    ],
    [
      "the kernel has none",
      { "/sys/fs/cgroup/cgroup.controllers": "cpu memory pids\n" },
      [none("cpuset", "cpu memory pids")],
    ],
    [
      "one is off in the first version",
      {
        "/sys/fs/cgroup/cgroup.controllers": "",
        "/proc/cgroups": `#subsys_name\thierarchy\tnum_cgroups\tenabled\n${v1("memory")}`,
      },
      [none("memory", "cpuset cpu pids rdma ")],
    ],
  ];
  for (const [what, files, problems] of controllers) {
    it(`names the cgroup controllers that a kubelet lacks where ${what}`, () => {
      for (const [path, text] of Object.entries(files)) {
        if (text === "") rmSync(host.path(path));
        else host.write(path, text);
      }
      const run = host.run("10-reachable", variables);
      expect(run.status).to.equal(1);
      expect(run.stderr.split("\n").filter((line) => line.startsWith("- "))).to.deep.equal(problems);
    });
  }

  it("takes a host whose cgroups are of the first version and complete", () => {
    rmSync(host.path("/sys/fs/cgroup/cgroup.controllers"));
    host.write("/proc/cgroups", `#subsys_name\thierarchy\tnum_cgroups\tenabled\n${v1()}`);
    expect(host.run("10-reachable", variables).facts().cgroupVersion).to.equal(1);
  });

  it("says what runs instead of systemd", () => {
    rmSync(host.path("/run/systemd"), { recursive: true });
    host.write("/proc/1/comm", "init\n");
    expect(host.run("10-reachable", variables).stderr).to.contain(
      "- systemd is not running this host (no /run/systemd/system; process 1 is init). Steps need systemd to last over a reboot",
    );
  });

  it("needs to see no process of others, which /proc hides where it is mounted with hidepid", () => {
    rmSync(host.path("/proc/1"), { recursive: true });
    expect(host.run("10-reachable", variables).facts().user).to.equal("admin");
    rmSync(host.path("/run/systemd"), { recursive: true });
    const { stderr } = host.run("10-reachable", variables);
    expect(stderr).to.contain("(no /run/systemd/system; process 1 is hidden)").and.not.contain("No such file");
  });

  it("shows what sudo-rs says, in other words than sudo", () => {
    host.program("sudo", { "-n true": "echo 'sudo-rs: interactive authentication is required' >&2; exit 1" });
    expect(host.run("10-reachable", variables).stderr).to.contain(
      "- user admin needs sudo without a password; found: sudo-rs: interactive authentication is required. Add to ",
    );
  });
});

import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { Report } from "../../../cli/verify/facts";
import { swapServices } from "../../../components/node/kernelFiles";
import { judgeKernel, kernelValues } from "../../../cli/verify/kernel";
import { facts, lines, plan, problems, type Sections } from "./samples";

const unit = (values: Record<string, string>) =>
  `${Object.entries(values)
    .map(([key, value]) => `${key}=${value}`)
    .join("\n")}\n`;

const bootUnits = [
  unit({ Id: "systemd-modules-load.service", LoadState: "loaded", UnitFileState: "static" }),
  unit({ Id: "systemd-sysctl.service", LoadState: "loaded", UnitFileState: "enabled" }),
  unit({ Id: "swap.target", LoadState: "loaded", UnitFileState: "static" }),
  unit({ Id: "zramswap.service", LoadState: "not-found", UnitFileState: "" }),
  unit({ Id: "swapspace.service", LoadState: "loaded", UnitFileState: "disabled" }),
];
const withUnits = (...more: string[]) => [...bootUnits, ...more].join("\n");

const sysctlFile = "/etc/sysctl.d/99-kubernetes-cri.conf";
const setting = (value: string, source: string, key = "net.ipv4.ip_forward") => `${key} ${value}\t${source}`;
const ourSetting = setting("1", `${sysctlFile}:1: net.ipv4.ip_forward = 1`);

const good: Sections = {
  release: "6.12.38+deb13-amd64",
  "proc-modules": "br_netfilter\nbridge\noverlay",
  builtin: "kernel/fs/ext4/ext4.ko\nkernel/crypto/sha256-generic.ko",
  "sys-module": "br_netfilter\nbridge\noverlay\next4",
  "modules-file": "overlay\nbr_netfilter",
  "blocked-modules": "",
  units: withUnits(),
  "sysctl net.ipv4.ip_forward": "1",
  "boot-sysctls": ourSetting,
  "reload-sysctls": ourSetting,
  "forwarding default": "1",
  "forwarding eth1": "1",
  "networkd-off": "",
  controllers: "",
  "swap-starters": "",
  swaps: "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority",
  fstab: "UUID=1 / ext4 defaults 0 1\n#/swapfile none swap sw 0 0\n/dev/sdb none swap sw,noauto 0 0",
  zram: "",
};

const judge = (changes: Sections = {}) => judgeKernel("server", plan, facts({ ...good, ...changes }));

describe("kernel checks", () => {
  it("look at workers for what a kubelet needs besides", () => {
    const kernel = { ...plan.kernel, workerSysctls: { "kernel.panic": "10" } };
    const lab = { ...plan, kernel };
    expect(kernelValues("server", lab)["SYSCTLS"]).to.equal("net.ipv4.ip_forward");
    expect(kernelValues("node-0", lab)["SYSCTLS"]).to.equal("net.ipv4.ip_forward\nkernel.panic");
    const checks = judgeKernel("node-0", lab, facts({ ...good, "sysctl kernel.panic": "0" }));
    expect(problems(checks)).to.deep.equal([
      "sysctl kernel.panic now: 0",
      "sysctl kernel.panic at the next boot: set by no file",
    ]);
  });

  it("show what they saw where all is well", () => {
    const checks = judge();
    expect(problems(checks)).to.deep.equal([]);
    expect(lines(checks)).to.deep.equal([
      "module overlay now: loaded",
      "module overlay at the next boot: listed in /etc/modules-load.d/containerd.conf",
      "module br_netfilter now: loaded",
      "module br_netfilter at the next boot: listed in /etc/modules-load.d/containerd.conf",
      "sysctl net.ipv4.ip_forward now: 1",
      "sysctl net.ipv4.ip_forward at the next boot: 1 (/etc/sysctl.d/99-kubernetes-cri.conf:1: net.ipv4.ip_forward = 1)",
      "forwarding by card now: on (default, eth1)",
      "forwarding by card at the next boot: left on",
      "cgroup controllers: cpu, cpuset, memory, pids",
      "swap now: none",
      "swap at the next boot: none",
    ]);
    expect(checks[0]).to.deep.equal({
      host: "server",
      area: "kernel",
      check: "module overlay now",
      expected: "loaded or built in",
      observed: "loaded",
      ok: true,
    });
  });

  it("ask for what the plan says, and for the services that the step turns off", () => {
    const sysctls = { "net.ipv4.ip_forward": "1", "vm/swappiness": "0" };
    expect(kernelValues("node-0", { ...plan, kernel: { ...plan.kernel, sysctls } })).to.deep.equal({
      MODULES: "overlay br_netfilter",
      MODULES_FILE: "/etc/modules-load.d/containerd.conf",
      SYSCTLS: "net.ipv4.ip_forward\nvm/swappiness",
      SWAP_SERVICES: swapServices.join(" "),
      BRIDGE: "cni0",
      ADDRESS: "10.240.0.80",
    });
  });

  it("count a module that is built into the kernel, under either spelling, without a file for it", () => {
    const builtin = "kernel/fs/overlayfs/overlay.ko\nkernel/net/bridge/br-netfilter.ko";
    const checks = judge({ "proc-modules": "", "sys-module": "", builtin, "modules-file": [1, "cat: no such file"] });
    expect(problems(checks)).to.deep.equal([]);
    expect(lines(checks).slice(0, 4)).to.deep.equal([
      "module overlay now: built in",
      "module overlay at the next boot: built in",
      "module br_netfilter now: built in",
      "module br_netfilter at the next boot: built in",
    ]);
    expect(problems(judge({ "proc-modules": "br_netfilter" }))).to.deep.equal([]);
  });

  const modulesFile = "/etc/modules-load.d/containerd.conf";
  const masked = (id: string) =>
    String(good["units"]).replace(`Id=${id}\nLoadState=loaded`, `Id=${id}\nLoadState=masked`);
  const table: [string, Sections, string[]][] = [
    [
      "a module that is not there",
      { "proc-modules": "overlay", "sys-module": "overlay" },
      ["module br_netfilter now: neither, on kernel 6.12.38+deb13-amd64"],
    ],
    [
      "a module that the file lacks",
      { "modules-file": "# br_netfilter\noverlay" },
      [`module br_netfilter at the next boot: ${modulesFile} lists overlay`],
    ],
    [
      "a file that is gone",
      { "modules-file": [1, `cat: ${modulesFile}: No such file or directory`] },
      ["overlay", "br_netfilter"].map(
        (name) => `module ${name} at the next boot: cat: ${modulesFile}: No such file or directory`,
      ),
    ],
    [
      "a blacklist",
      {
        "blocked-modules":
          "br_netfilter the module br_netfilter is blocked by /etc/modprobe.d/x.conf:1: blacklist br-netfilter. Remove that line",
      },
      [
        "module br_netfilter at the next boot: the module br_netfilter is blocked by /etc/modprobe.d/x.conf:1: blacklist br-netfilter. Remove that line",
      ],
    ],
    [
      "a masked loader",
      { units: masked("systemd-modules-load.service") },
      ["overlay", "br_netfilter"].map(
        (name) => `module ${name} at the next boot: systemd-modules-load.service is masked`,
      ),
    ],
    ["a sysctl that is off", { "sysctl net.ipv4.ip_forward": "0" }, ["sysctl net.ipv4.ip_forward now: 0"]],
    [
      "a sysctl that is not there",
      { "sysctl net.ipv4.ip_forward": [1, "cat: no such file"] },
      ["sysctl net.ipv4.ip_forward now: cat: no such file"],
    ],
    [
      "a later file that takes the sysctl back",
      {
        "boot-sysctls": setting("0", "/etc/sysctl.d/99-zz-cis.conf:2: net.ipv4.ip_forward = 0"),
        "reload-sysctls": setting("0", "/etc/sysctl.d/99-zz-cis.conf:2: net.ipv4.ip_forward = 0"),
      },
      ["sysctl net.ipv4.ip_forward at the next boot: 0 (/etc/sysctl.d/99-zz-cis.conf:2: net.ipv4.ip_forward = 0)"],
    ],
    [
      "/etc/sysctl.conf, which only sysctl --system reads",
      { "reload-sysctls": setting("0", "/etc/sysctl.conf:1: net.ipv4.ip_forward=0") },
      [
        `sysctl net.ipv4.ip_forward at the next boot: 1 (${sysctlFile}:1: net.ipv4.ip_forward = 1); sysctl --system: 0 (/etc/sysctl.conf:1: net.ipv4.ip_forward=0)`,
      ],
    ],
    [
      "a file without the key",
      { "boot-sysctls": "", "reload-sysctls": "" },
      ["sysctl net.ipv4.ip_forward at the next boot: set by no file"],
    ],
    ["a card that does not forward", { "forwarding eth1": "0" }, ["forwarding by card now: eth1: 0"]],
    [
      "a file that keeps a card from forwarding, wherever it stands",
      {
        "boot-sysctls": `${ourSetting}\n${setting("0", "/etc/sysctl.d/10-a.conf:1: net.ipv4.conf.eth1.forwarding=0", "net/ipv4/conf/eth1/forwarding")}`,
        "reload-sysctls": `${ourSetting}\n${setting("0", "/etc/sysctl.d/10-a.conf:1: net.ipv4.conf.eth1.forwarding=0", "net/ipv4/conf/eth1/forwarding")}`,
      },
      ["forwarding by card at the next boot: /etc/sysctl.d/10-a.conf:1: net.ipv4.conf.eth1.forwarding=0"],
    ],
    [
      "a file by which networkd switches forwarding off",
      { "networkd-off": "eth1 /etc/systemd/network/20-a.network:3: IPv4Forwarding=no" },
      ["forwarding by card at the next boot: /etc/systemd/network/20-a.network:3: IPv4Forwarding=no"],
    ],
    [
      "a cgroup controller that is off",
      { controllers: "the kernel was started with cgroup_disable=memory" },
      ["cgroup controllers: the kernel was started with cgroup_disable=memory"],
    ],
    [
      "a masked systemd-sysctl",
      { units: masked("systemd-sysctl.service") },
      [
        `sysctl net.ipv4.ip_forward at the next boot: 1 (${sysctlFile}:1: net.ipv4.ip_forward = 1), but systemd-sysctl.service is masked`,
      ],
    ],
    [
      "swap that is on",
      { swaps: `${String(good["swaps"])}\n/swapfile  file  524284 0 -2\n/dev/zram0 partition 1 0 100` },
      ["swap now: /swapfile, /dev/zram0"],
    ],
    ["swap in fstab", { fstab: "/swapfile none swap sw 0 0" }, ["swap at the next boot: /etc/fstab: /swapfile"]],
    [
      "swap units, except those that fstab no longer has",
      {
        units: withUnits(
          unit({ Id: "swapfile.swap", UnitFileState: "generated", SourcePath: "/etc/fstab" }),
          unit({ Id: "dev-sda3.swap", UnitFileState: "generated", SourcePath: "" }),
          unit({ Id: "dev-sdb.swap", UnitFileState: "enabled", SourcePath: "" }),
          unit({
            Id: "dev-sdc.swap",
            UnitFileState: "static",
            SourcePath: "",
            WantedBy: "swap.target",
            RequiredBy: "",
          }),
          unit({ Id: "dev-sdd.swap", UnitFileState: "static", SourcePath: "", WantedBy: "", RequiredBy: "" }),
          unit({ Id: "dev-sde.swap", UnitFileState: "masked", SourcePath: "", WantedBy: "swap.target" }),
          unit({ Id: "dev-sdf.swap", UnitFileState: "disabled", SourcePath: "" }),
        ),
      },
      ["swap at the next boot: dev-sda3.swap (generated), dev-sdb.swap (enabled), dev-sdc.swap (static)"],
    ],
    [
      "zram devices, except masked ones",
      {
        zram: "# none\n[zram0]\nzram-size = ram\n[zram1]",
        units: withUnits(unit({ Id: "dev-zram1.swap", UnitFileState: "masked", SourcePath: "" })),
      },
      ["swap at the next boot: zram-generator: zram0"],
    ],
    [
      "services that turn swap on, also where swap.target is masked",
      {
        fstab: "/swapfile none swap sw 0 0",
        units: `${masked("swap.target")}\n${unit({ Id: "zram-config.service", UnitFileState: "enabled" })}`,
      },
      ["swap at the next boot: zram-config.service (enabled)"],
    ],
  ];
  for (const service of swapServices) {
    const units = withUnits(unit({ Id: service, UnitFileState: "enabled" }));
    table.push([`the service ${service}`, { units }, [`swap at the next boot: ${service} (enabled)`]]);
  }
  table.push([
    "what else runs swapon at boot",
    { "swap-starters": "/etc/rc.local:3: swapon /b\n/etc/cron.d/swap:1: @reboot root swapon /c" },
    ["swap at the next boot: /etc/rc.local:3: swapon /b, /etc/cron.d/swap:1: @reboot root swapon /c"],
  ]);
  for (const [what, changes, expected] of table) {
    it(`find ${what}`, () => expect(problems(judge(changes))).to.deep.equal(expected));
  }

  it("accept swap in fstab where swap.target is masked", () => {
    const checks = judge({ fstab: "/swapfile none swap sw 0 0", units: masked("swap.target") });
    expect(problems(checks)).to.deep.equal([]);
    expect(lines(checks).at(-1)).to.equal("swap at the next boot: none (swap.target is masked)");
  });

  it("take nothing for granted that the host did not report", () => {
    for (const name of Object.keys(good).filter((name) => name !== "forwarding eth1")) {
      const left = Object.fromEntries(Object.entries(good).filter(([key]) => key !== name));
      // Only a module that is not loaded needs the kernel's release for its row.
      if (name === "release") left["proc-modules"] = left["sys-module"] = "";
      expect(() => judgeKernel("server", plan, facts(left)), name).to.throw(`the host did not report "${name}"`);
    }
  });

  it("read numbers of several digits, several numbers and texts from the running kernel as they are", () => {
    for (const path of ["vm/max_map_count", "kernel/pid_max", "net/ipv4/ip_local_port_range", "kernel/ostype"]) {
      const sysctls = { [path]: "0" };
      const report = new Report({ kernel: kernelValues("server", { ...plan, kernel: { ...plan.kernel, sysctls } }) });
      const { stdout } = spawnSync("dash", ["-c", report.text()], { encoding: "utf8" });
      const read = report.parse(stdout)("kernel").get(`sysctl ${path}`);
      expect(read).to.deep.equal({ code: 0, text: readFileSync(`/proc/sys/${path}`, "utf8").trim() });
    }
  });
});

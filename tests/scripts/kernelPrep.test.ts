import { expect } from "chai";
import { renderModulesFile, renderSysctlFile, swapServices } from "../../components/node/kernelFiles";
import { FakeHost } from "./fakeHost";

const sysctls = {
  "net.bridge.bridge-nf-call-iptables": "1",
  "net.ipv4.ip_forward": "1",
  "net.bridge.bridge-nf-call-ip6tables": "1",
};
const variables = {
  MODULES: "overlay br_netfilter",
  MODULES_FILE: "/etc/modules-load.d/containerd.conf",
  MODULES_TEXT: renderModulesFile(["overlay", "br_netfilter"]),
  SYSCTLS: Object.entries(sysctls)
    .map(([key, value]) => `${key}=${value}`)
    .join("\n"),
  SYSCTL_FILE: "/etc/sysctl.d/99-kubernetes-cri.conf",
  SYSCTL_TEXT: renderSysctlFile(sysctls),
  SWAP: "off",
  SWAP_SERVICES: swapServices.join(" "),
  ADDRESS: "10.240.0.80",
  BRIDGE: "cni0",
};
const fstab =
  "# my disks\nUUID=1  / ext4\tdefaults 0 1\n/swapfile none swap sw,pri=5 0 0\n  /dev/vdb\tnone\tswap\tsw 0 0";
const swapsHead = "Filename\tType\tSize\tUsed\tPriority\n";

const modulePath = (name: string) => `/lib/modules/6.12.0/kernel/${name}.ko.xz`;

/** A Debian host as it comes: nothing loaded, no forwarding, two swaps of fstab, one unit, zram from a service. */
function debianHost(): FakeHost {
  const host = new FakeHost();
  host.write("/etc/fstab", fstab, 0o640);
  host.write("/etc/sysctl.d/10-local.conf", "net.ipv4.ip_forward = 0\n");
  host.write("/etc/modprobe.d/x.conf", "blacklist floppy\n");
  host.write("/sys/module/ext4/initstate", "live\n");
  host.write("/proc/meminfo", "MemTotal: 1000000 kB\nMemAvailable: 800000 kB\nSwapTotal: 600 kB\nSwapFree: 500 kB\n");
  host.write("/proc/swaps", `${swapsHead}/swapfile file 300 0 5\n/dev/zram0 partition 300 100 -2\n`);
  host.write("/proc/sys/net/ipv4/ip_forward", "0\n");
  for (const card of ["default", "eth0", "eth1"]) host.write(`/proc/sys/net/ipv4/conf/${card}/forwarding`, "0\n");
  host.write("/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n");
  host.write("/proc/cmdline", "console=ttyS0 quiet\n");
  host.write("/proc/sys/kernel/modules_disabled", "0\n");
  for (const name of ["overlay", "llc", "stp", "bridge", "br_netfilter"]) host.write(modulePath(name), "");
  host.program("ip", {
    "-o -4 route show default": "echo 'default via 192.0.2.2 dev eth0 proto dhcp'",
    "-o -4 address show to 10.240.0.80": "echo '3: eth1    inet 10.240.0.80/24 brd 10.240.0.255 scope global eth1'",
  });
  host.write("/lib/modules/6.12.0/modules.builtin", "kernel/fs/ext2/ext2.ko\n");
  host.write("/run/systemd/generator/swapfile.swap", "[Unit]\nSourcePath=/etc/fstab\n");
  host.write("/run/systemd/generator.late/dev-vdc.swap", "[Swap]\nWhat=/dev/vdc\n");
  host.write("/lib/systemd/system/zramswap.service", "[Service]\n");
  host.write("/etc/systemd/system/extra\\x2dswap.swap", "[Swap]\nWhat=/extra-swap\n");
  host.program("uname", { "-r": "echo 6.12.0" });
  const dependencies = { overlay: ["overlay"], br_netfilter: ["llc", "stp", "bridge", "br_netfilter"] };
  const load = (names: string[]) =>
    `for m in ${names.join(" ")}; do mkdir "$R/sys/module/$m"; echo live >"$R/sys/module/$m/initstate"; done`;
  const bridgeKeys =
    'mkdir -p "$R/proc/sys/net/bridge"; for k in iptables ip6tables; do echo 0 >"$R/proc/sys/net/bridge/bridge-nf-call-$k"; done';
  host.program(
    "modprobe",
    {
      "--show-depends overlay": `echo 'insmod ${modulePath("overlay")} '`,
      "--show-depends br_netfilter": dependencies.br_netfilter
        .map((name) => `echo 'insmod ${modulePath(name)} '`)
        .join("\n"),
      "--show-depends *": "echo 'modprobe: FATAL: Module not found' >&2; exit 1",
    },
    { overlay: load(dependencies.overlay), br_netfilter: `${load(dependencies.br_netfilter)}; ${bridgeKeys}` },
  );
  host.program(
    "rmmod",
    {},
    {
      "*": 'rm -r "$R/sys/module/$1"; [ "$1" != br_netfilter ] || rm -r "$R/proc/sys/net/bridge"',
    },
  );
  // Writing ip_forward sets every card, when it changes.
  const cards = (value: string) => `for c in "$R"/proc/sys/net/ipv4/conf/*/forwarding; do echo ${value} >"$c"; done`;
  host.program(
    "sysctl",
    {},
    {
      "--system":
        'cat "$R"/etc/sysctl.d/*.conf | while IFS=" =" read -r k v; do f=$R/proc/sys/$(printf %s "$k" | tr . /); [ ! -e "$f" ] || ' +
        `{ [ "$k" != net.ipv4.ip_forward ] || [ "$(cat "$f")" = "$v" ] || ${cards('"$v"')}; echo "$v" >"$f"; }; done`,
      "-q -w net.ipv4.ip_forward=*": `${cards('"${3#*=}"')}; echo "\${3#*=}" >"$R/proc/sys/net/ipv4/ip_forward"`,
      "-q -w *": 'echo "${3#*=}" >"$R/proc/sys/$(printf %s "${3%%=*}" | tr . /)"',
    },
  );
  const zramOff = 'grep -v zram "$R/proc/swaps" >"$R/s"; mv "$R/s" "$R/proc/swaps"';
  host.program(
    "systemctl",
    {
      "is-active -q zramswap.service": 'grep -q zram "$R/proc/swaps"',
      "is-active -q dphys-swapfile.service": "exit 0",
      "is-enabled *": '[ ! -e "$R/enabled/$2" ] || echo enabled',
    },
    {
      "daemon-reload": "exit 0",
      "stop zramswap.service": zramOff,
      "stop dphys-swapfile.service": 'grep -v /var/swap "$R/proc/swaps" >"$R/s"; mv "$R/s" "$R/proc/swaps"',
      "start dphys-swapfile.service": 'echo "/var/swap file 300 0 -2" >>"$R/proc/swaps"',
      "start zramswap.service": 'echo "/dev/zram0 partition 300 100 -2" >>"$R/proc/swaps"',
    },
  );
  host.program("swapoff", {}, { "/swapfile": 'grep -v swapfile "$R/proc/swaps" >"$R/s"; mv "$R/s" "$R/proc/swaps"' });
  host.program("swapon", {}, { "-p 5 /swapfile": 'echo "/swapfile file 300 0 5" >>"$R/proc/swaps"' });
  return host;
}

describe("20-kernel-prep.sh", () => {
  let host: FakeHost;
  beforeEach(() => (host = debianHost()));
  afterEach(() => host.remove());

  it("does everything the first time, nothing the second time, and undo brings every byte back", () => {
    const before = host.contents();
    const first = host.run("20-kernel-prep", variables);
    expect(first.stderr).to.equal("");
    expect(first.changes).to.deep.equal([
      ["modprobe", "overlay"],
      ["modprobe", "br_netfilter"],
      ["sysctl", "--system"],
      ["systemctl", "stop", "zramswap.service"],
      ["systemctl", "daemon-reload"],
      ["swapoff", "/swapfile"],
    ]);
    expect(first.facts()).to.deep.equal({
      changed: true,
      kernel: "6.12.0",
      modules: { overlay: "loaded", br_netfilter: "loaded" },
      sysctls,
      swap: { totalKiB: 600 }, // the fake kernel does not count
      cgroupVersion: 2,
    });
    expect(host.read("/etc/modules-load.d/containerd.conf")).to.equal("overlay\nbr_netfilter\n");
    expect(host.read("/etc/sysctl.d/99-kubernetes-cri.conf")).to.equal(variables.SYSCTL_TEXT);
    expect(host.read("/etc/fstab")).to.equal(
      "# my disks\nUUID=1  / ext4\tdefaults 0 1\n# off by hardway: /swapfile none swap sw,pri=5 0 0\n# off by hardway:   /dev/vdb\tnone\tswap\tsw 0 0",
    );
    const after = host.tree();
    expect(after["/etc/systemd/system/extra\\x2dswap.swap"]).to.equal("-> /dev/null");
    expect(after["/etc/systemd/system/dev-vdc.swap"]).to.equal("-> /dev/null");
    expect(after).to.not.have.property("/etc/systemd/system/swapfile.swap");
    expect(after["/etc/systemd/system/zramswap.service"]).to.equal("-> /dev/null");
    expect(after["/etc/fstab"]).to.match(/^640 /);
    expect(host.read("/proc/swaps")).to.equal(swapsHead);

    const second = host.run("20-kernel-prep", variables);
    expect(second.changes).to.deep.equal([]);
    expect(second.facts()).to.deep.equal({ ...first.facts(), changed: false });
    expect(host.tree()).to.deep.equal(after);

    const undo = host.run("20-kernel-prep.undo");
    expect(undo.stderr).to.equal("");
    expect(undo.changes).to.deep.equal([
      ["systemctl", "daemon-reload"],
      ["systemctl", "start", "zramswap.service"],
      ["swapon", "-p", "5", "/swapfile"],
      ["sysctl", "-q", "-w", "net.bridge.bridge-nf-call-iptables=0"],
      ["sysctl", "-q", "-w", "net.ipv4.ip_forward=0"],
      ["sysctl", "-q", "-w", "net.bridge.bridge-nf-call-ip6tables=0"],
      ["rmmod", "br_netfilter"],
      ["rmmod", "bridge"],
      ["rmmod", "stp"],
      ["rmmod", "llc"],
      ["rmmod", "overlay"],
    ]);
    // The kernel lists what is switched on again in another order.
    expect(host.read("/proc/swaps").split("\n").sort()).to.deep.equal(
      before["/proc/swaps"]?.slice(4).split("\n").sort(),
    );
    host.write("/proc/swaps", before["/proc/swaps"]?.slice(4) ?? "");
    expect(host.contents()).to.deep.equal(before);
    expect(host.exists("/var/log/hardway")).to.equal(false);

    const again = host.run("20-kernel-prep.undo");
    expect([again.status, again.stdout, again.changes]).to.deep.equal([0, '{"changed":false}\n', []]);
    expect(host.contents()).to.deep.equal(before);
  });

  it("takes a built-in feature for present", () => {
    host.write(
      "/lib/modules/6.12.0/modules.builtin",
      "kernel/fs/overlayfs/overlay.ko\nkernel/net/bridge/br_netfilter.ko\n",
    );
    for (const key of ["iptables", "ip6tables"]) host.write(`/proc/sys/net/bridge/bridge-nf-call-${key}`, "1\n");
    const run = host.run("20-kernel-prep", variables);
    expect(run.facts().modules).to.deep.equal({ overlay: "builtin", br_netfilter: "builtin" });
    expect(run.changes.filter(([name]) => name === "modprobe")).to.deep.equal([]);
  });

  it("names everything that is in the way, and changes nothing", () => {
    host.write("/sys/fs/cgroup/cgroup.controllers", "cpuset cpu pids\n");
    host.write("/etc/modprobe.d/hard.conf", "# no\ninstall br-netfilter /bin/false\n");
    host.write("/etc/sysctl.d/99-zz-cis.conf", "; CIS\nnet/ipv4/ip_forward=0\n");
    host.write("/etc/sysctl.conf", "net.bridge.bridge-nf-call-iptables = 0\n");
    host.write("/proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 100 kB\nSwapTotal: 9000 kB\nSwapFree: 1000 kB\n");
    const before = host.contents();
    const run = host.run("20-kernel-prep", { ...variables, MODULES: "overlay br_netfilter ip_vs" });
    expect(run.status).to.equal(1);
    expect(run.stdout).to.equal("");
    expect(run.changes).to.deep.equal([]);
    expect(run.stderr.split("\n").filter((line) => line.startsWith("- "))).to.deep.equal([
      "- the module br_netfilter is blocked by /etc/modprobe.d/hard.conf:2: install br-netfilter /bin/false. Remove that line",
      "- kernel 6.12.0 has no module ip_vs and it is not built in. Install the full kernel package (not a cut-down cloud or container one), or reboot if a newer kernel was just installed",
      "- net.bridge.bridge-nf-call-iptables must be 1, but /etc/sysctl.conf:1: net.bridge.bridge-nf-call-iptables = 0 is read after /etc/sysctl.d/99-kubernetes-cri.conf and takes it back. Remove that line",
      "- net.ipv4.ip_forward must be 1, but /etc/sysctl.d/99-zz-cis.conf:2: net/ipv4/ip_forward=0 is read after /etc/sysctl.d/99-kubernetes-cri.conf and takes it back. Remove that line",
      "- the kernel has no cgroup controller memory, which a kubelet needs; found: cpuset cpu pids. Boot a kernel that has it, with cgroup_enable=memory among its boot arguments where it is only off",
      "- turning swap off needs 8 MiB more memory than is available. Stop something, or add memory",
    ]);
    expect(host.contents()).to.deep.equal(before);
  });

  it("knows the last word of several later files", () => {
    host.write("/etc/sysctl.d/99-m.conf", "net.ipv4.ip_forward = 0\n");
    host.write("/etc/sysctl.d/99-z.conf", "net.ipv4.ip_forward = 1\n");
    expect(host.run("20-kernel-prep", variables).stderr).to.equal("");
    host.write("/etc/sysctl.d/99-zz.conf", "net.ipv4.conf.all.forwarding = 0\n");
    expect(host.run("20-kernel-prep", variables).stderr).to.contain(
      "/etc/sysctl.d/99-zz.conf:1: net.ipv4.conf.all.forwarding = 0",
    );
  });

  it("names a sysctl that the kernel does not have", () => {
    const run = host.run("20-kernel-prep", {
      ...variables,
      SYSCTLS: "net.ipv4.no_such_key=1",
      SYSCTL_TEXT: "net.ipv4.no_such_key = 1\n",
    });
    expect(run.status).to.equal(1);
    expect(run.stderr).to.contain(
      "hardway: 20-kernel-prep: the kernel has no sysctl net.ipv4.no_such_key; is its module among MODULES?",
    );
  });

  it("moves to new file names, and gives up a sysctl that is no longer wanted", () => {
    host.run("20-kernel-prep", variables);
    const moved = {
      ...variables,
      MODULES_FILE: "/etc/modules-load.d/k8s.conf",
      SYSCTL_FILE: "/etc/sysctl.d/k8s.conf",
      SYSCTLS: "net.bridge.bridge-nf-call-iptables=1",
      SYSCTL_TEXT: "net.bridge.bridge-nf-call-iptables = 1\n",
    };
    host.run("20-kernel-prep", moved);
    expect(host.exists("/etc/modules-load.d/containerd.conf")).to.equal(false);
    expect(host.exists("/etc/sysctl.d/99-kubernetes-cri.conf")).to.equal(false);
    expect(host.read("/etc/sysctl.d/k8s.conf")).to.equal(moved.SYSCTL_TEXT);
    expect(host.read("/proc/sys/net/ipv4/ip_forward")).to.equal("0\n");
    expect(host.run("20-kernel-prep", moved).facts().changed).to.equal(false);
  });

  it("switches swap on again when it is to be kept after all", () => {
    const units = host.contents()["/etc/systemd/system/extra\\x2dswap.swap"];
    host.run("20-kernel-prep", variables);
    const run = host.run("20-kernel-prep", { ...variables, SWAP: "keep" });
    expect(run.status).to.equal(0);
    expect(host.read("/etc/fstab")).to.equal(fstab);
    expect(host.contents()["/etc/systemd/system/extra\\x2dswap.swap"]).to.equal(units);
    expect(host.read("/proc/swaps")).to.contain("/swapfile").and.to.contain("/dev/zram0");
    expect(host.run("20-kernel-prep", { ...variables, SWAP: "keep" }).changes).to.deep.equal([]);
  });

  it("finishes a run that was cut off after the files were written", () => {
    host.program("swapoff", {}, { "/swapfile": "kill -KILL $PPID" });
    expect(host.run("20-kernel-prep", variables).status).to.not.equal(0);
    host.program("swapoff", {}, { "/swapfile": 'grep -v swapfile "$R/proc/swaps" >"$R/s"; mv "$R/s" "$R/proc/swaps"' });
    const run = host.run("20-kernel-prep", variables);
    expect(run.facts().changed).to.equal(true);
    expect(run.changes).to.deep.include(["swapoff", "/swapfile"]);
    expect(host.run("20-kernel-prep", variables).facts().changed).to.equal(false);
  });

  it("writes hostile text as it is", () => {
    const text = "# ' \" $(touch /tmp/pwned) `id` \\ \\n $HOME ; rm -rf / \n\n";
    host.run("20-kernel-prep", {
      ...variables,
      MODULES_TEXT: text,
      MODULES_FILE: "/etc/modules-load.d/a 'b' $(c).conf",
    });
    expect(host.read("/etc/modules-load.d/a 'b' $(c).conf")).to.equal(text);
  });

  /** What the step says that is in the way, having changed nothing. */
  const problems = (changes: Record<string, string> = {}) => {
    const before = host.contents();
    const run = host.run("20-kernel-prep", { ...variables, ...changes });
    expect([run.status, run.changes]).to.deep.equal([1, []]);
    expect(host.contents()).to.deep.equal(before);
    return run.stderr.split("\n").filter((line) => line.startsWith("- "));
  };

  const cardOff: [what: string, file: string, text: string, card: string][] = [
    ["a card by its name", "/etc/sysctl.d/99-zz.conf", "net.ipv4.conf.eth1.forwarding=0", "eth1"],
    [
      "the card of the default route, in an earlier file",
      "/etc/sysctl.d/10-a.conf",
      "net.ipv4.conf.eth0.forwarding = 0",
      "eth0",
    ],
    ["the bridge that is not there yet", "/usr/lib/sysctl.d/50-a.conf", "net/ipv4/conf/cni0/forwarding = 0", "cni0"],
    ["cards to come", "/run/sysctl.d/50-a.conf", "-net.ipv4.conf.default.forwarding = 0", "default"],
    ["cards by a pattern", "/etc/sysctl.d/10-a.conf", "net.ipv4.conf.e*1.forwarding = 0", "eth1"],
  ];
  for (const [what, file, text, card] of cardOff) {
    it(`finds a file that keeps ${what} from forwarding`, () => {
      host.write(file, `${text}\n`);
      expect(problems()).to.deep.equal([
        `- net/ipv4/conf/${card}/forwarding must be 1, or packets that come in by ${card} are not forwarded, but ${file}:1: ${text} sets it to 0. Remove that line`,
      ]);
    });
  }

  it("finds what has networkd keep a card from forwarding", () => {
    host.program("networkctl", { "--version": "echo 'systemd 257 (257.9-1)'" });
    host.write("/sys/class/net/eth1/ifindex", "3\n");
    host.write("/run/systemd/netif/links/3", "NETWORK_FILE=/etc/systemd/network/20-a.network\n");
    host.write("/etc/systemd/network/20-a.network", "[Network]\nIPv4Forwarding=no\n");
    expect(problems()).to.deep.equal([
      "- packets that come in by eth1 are not forwarded: /etc/systemd/network/20-a.network:2: IPv4Forwarding=no has systemd-networkd switch that off. Remove that line",
    ]);
  });

  it("leaves a card alone that no packets of pods come in by", () => {
    host.write("/etc/sysctl.d/99-zz.conf", "net.ipv4.conf.storage0.forwarding=0\n");
    host.write("/proc/sys/net/ipv4/conf/storage0/forwarding", "0\n");
    expect(host.run("20-kernel-prep", variables).status).to.equal(0);
  });

  it("switches a card's forwarding on where ip_forward is 1 already, and off again", () => {
    host.run("20-kernel-prep", variables);
    host.run("20-kernel-prep.undo");
    host.write("/etc/sysctl.d/10-local.conf", "");
    host.write("/proc/sys/net/ipv4/ip_forward", "1\n");
    host.write("/proc/sys/net/ipv4/conf/default/forwarding", "1\n");
    host.write("/proc/sys/net/ipv4/conf/eth0/forwarding", "1\n");
    const run = host.run("20-kernel-prep", variables);
    expect(run.changes).to.deep.include(["sysctl", "-q", "-w", "net/ipv4/conf/eth1/forwarding=1"]);
    expect(host.read("/proc/sys/net/ipv4/conf/eth1/forwarding")).to.equal("1\n");
    expect(host.run("20-kernel-prep", variables).changes).to.deep.equal([]);
    host.run("20-kernel-prep.undo");
    expect(host.read("/proc/sys/net/ipv4/conf/eth1/forwarding")).to.equal("0\n");
    expect(host.read("/proc/sys/net/ipv4/conf/eth0/forwarding")).to.equal("1\n");
  });

  it("sets a sysctl of a VLAN's card, whose name has a dot", () => {
    host.write("/proc/sys/net/ipv4/conf/eth1.100/rp_filter", "1\n");
    host.program("sysctl", {}, { "--system": 'echo 2 >"$R/proc/sys/net/ipv4/conf/eth1.100/rp_filter"' });
    const key = "net.ipv4.conf.eth1/100.rp_filter";
    const run = host.run("20-kernel-prep", { ...variables, SYSCTLS: `${key}=2`, SYSCTL_TEXT: `${key} = 2\n` });
    expect(run.facts().sysctls).to.deep.equal({ [key]: "2" });
  });

  it("knows that a kernel loads no more modules before it writes anything", () => {
    host.write("/proc/sys/kernel/modules_disabled", "1\n");
    host.write("/sys/module/overlay/initstate", "live\n");
    expect(problems()).to.deep.equal([
      "- the kernel loads no more modules (kernel.modules_disabled is 1, which only a reboot ends), and the module br_netfilter is not loaded. Take away what sets it, reboot and run this again",
    ]);
    for (const name of ["br_netfilter", "llc"]) host.write(`/sys/module/${name}/initstate`, "live\n");
    for (const key of ["iptables", "ip6tables"]) host.write(`/proc/sys/net/bridge/bridge-nf-call-${key}`, "0\n");
    expect(host.run("20-kernel-prep", variables).status).to.equal(0);
  });

  it("finds a module that somebody blocked, also one that another needs, in every way that there is", () => {
    host.write("/proc/cmdline", "quiet modprobe.blacklist=floppy,overlay\n");
    host.program("modprobe", {
      "--show-depends overlay": `echo 'insmod ${modulePath("overlay")} '`,
      "--show-depends br_netfilter": `echo 'install /bin/sh -c "exit 0" '; echo 'insmod ${modulePath("br_netfilter")} '`,
      "--show-depends gone": "echo 'insmod /lib/modules/6.12.0/kernel/gone.ko '",
      "--show-depends own": `echo 'install /sbin/modprobe --ignore-install own && echo yes '; echo 'insmod ${modulePath("llc")}'`,
    });
    expect(problems({ MODULES: "overlay br_netfilter gone own" })).to.deep.equal([
      "- the module overlay is blocked by /proc/cmdline:1: modprobe.blacklist=overlay. Remove that line",
      '- for the module br_netfilter, or for one that it needs, modprobe.d has: install ... /bin/sh -c "exit 0". Remove that line',
      "- the module gone needs the file /lib/modules/6.12.0/kernel/gone.ko, which is not there. Install the kernel's package again, or reboot if a newer kernel was just installed",
    ]);
  });

  it("takes no notice of a file of modprobe.d that another of its name hides", () => {
    host.write("/lib/modprobe.d/a.conf", "blacklist overlay\n");
    host.link("/etc/modprobe.d/a.conf", "/dev/null");
    expect(host.run("20-kernel-prep", variables).stderr).to.equal("");
  });

  it("turns dphys-swapfile off for good, as Raspberry Pi OS has it, and brings it back", () => {
    host.write("/proc/swaps", `${swapsHead}/var/swap file 300 0 -2\n`);
    host.write("/etc/fstab", "# none\n");
    host.write("/usr/lib/systemd/system/dphys-swapfile.service", "[Service]\nExecStart=/sbin/dphys-swapfile swapon\n");
    host.write("/enabled/dphys-swapfile.service", "");
    const run = host.run("20-kernel-prep", variables);
    expect(run.stderr).to.equal("");
    expect(run.changes).to.deep.include(["systemctl", "stop", "dphys-swapfile.service"]);
    expect(host.tree()["/etc/systemd/system/dphys-swapfile.service"]).to.equal("-> /dev/null");
    expect(host.run("20-kernel-prep", variables).changes).to.deep.equal([]);
    host.run("20-kernel-prep.undo");
    expect(host.exists("/etc/systemd/system/dphys-swapfile.service")).to.equal(false);
    expect(host.read("/proc/swaps")).to.equal(`${swapsHead}/var/swap file 300 0 -2\n`);
  });

  it("names what it does not know and what turns swap on at boot all the same", () => {
    host.write("/etc/systemd/system/mine.service", "[Service]\nExecStart=/bin/sh -c 'mkswap /s && swapon /s'\n");
    host.write("/etc/systemd/system/script.service", "[Service]\n# swapon\nExecStartPre=-/opt/make-swap on\n");
    host.write("/etc/systemd/system/shell.service", "[Service]\nExecStart=/bin/sh /opt/make-swap\n");
    host.write("/etc/systemd/system/off.service", "[Service]\nExecStart=/sbin/swapon /s\n");
    host.write("/lib/systemd/system/other.service", "[Unit]\nDescription=no swapon\n[Service]\nExecStart=/bin/true\n");
    host.write("/etc/systemd/system/hidden.service", "[Service]\nExecStart=/bin/true\n");
    host.write("/lib/systemd/system/hidden.service", "[Service]\nExecStart=/sbin/swapon /s\n");
    host.write("/opt/make-swap", "#!/bin/sh\n# no swapon here\nswapon /s\n", 0o755);
    for (const unit of ["mine", "script", "shell", "other", "hidden"]) host.write(`/enabled/${unit}.service`, "");
    host.write("/etc/rc.local", "#!/bin/sh\n# swapon /a\n/sbin/swapon /b\n", 0o755);
    host.write("/etc/cron.d/swap", "@reboot root swapon /c\n0 * * * * root swapon /d\n");
    host.write("/var/spool/cron/crontabs/root", "#@reboot swapon /e\n@reboot [ -e /f ] && swapon /f\n");
    expect(problems()).to.deep.equal([
      "- /etc/systemd/system/mine.service:2: ExecStart=/bin/sh -c 'mkswap /s && swapon /s' turns swap on at boot. Take that away",
      "- /etc/systemd/system/script.service:3: ExecStartPre=-/opt/make-swap on turns swap on at boot. Take that away",
      "- /etc/systemd/system/shell.service:2: ExecStart=/bin/sh /opt/make-swap turns swap on at boot. Take that away",
      "- /etc/rc.local:3: /sbin/swapon /b turns swap on at boot. Take that away",
      "- /etc/cron.d/swap:1: @reboot root swapon /c turns swap on at boot. Take that away",
      "- /var/spool/cron/crontabs/root:2: @reboot [ -e /f ] && swapon /f turns swap on at boot. Take that away",
    ]);
    const kept = { ...variables, SWAP: "keep" };
    expect(host.run("20-kernel-prep", kept).status).to.equal(0);
  });

  it("names what turns swap on by a drop-in, a timer, a rule of udev or cloud-init, or behind an interpreter", () => {
    const enabled = (unit: string) => host.write(`/enabled/${unit}`, "");
    host.write("/lib/systemd/system/ssh.service", "[Service]\nExecStart=/usr/sbin/sshd -D\n");
    host.write("/etc/systemd/system/ssh.service.d/10-swap.conf", "[Service]\nExecStartPost=/sbin/swapon /a\n");
    host.write("/lib/systemd/system/ssh.service.d/20-swap.conf", "[Service]\nExecStartPost=/sbin/swapon /b\n");
    host.link("/etc/systemd/system/ssh.service.d/20-swap.conf", "/dev/null");
    enabled("ssh.service");
    host.write("/etc/systemd/system/off.service.d/10-swap.conf", "[Service]\nExecStart=/sbin/swapon /c\n");
    host.write("/etc/systemd/system/late.service", "[Service]\nExecStart=/sbin/swapon /d\n");
    enabled("late.timer");
    host.write(
      "/etc/systemd/system/env.service",
      "[Service]\nExecStart=/usr/bin/env bash -c '/opt/make-swap; exit 0'\n",
    );
    host.write("/opt/make-swap", "#!/bin/bash\nswapon /e\n", 0o755);
    enabled("env.service");
    const zram = 'KERNEL=="zram0", RUN+="/sbin/mkswap /dev/zram0", RUN+="/sbin/swapon /dev/zram0"';
    host.write("/etc/udev/rules.d/99-zram.rules", `# RUN+="/sbin/swapon /f"\n${zram}\n`);
    host.write("/var/lib/cloud/scripts/per-boot/swap.sh", "#!/bin/sh\nswapon /g\n", 0o755);
    host.write("/var/lib/cloud/scripts/per-boot/README", "swapon /h\n");
    expect(problems()).to.deep.equal(
      [
        "/etc/systemd/system/env.service:2: ExecStart=/usr/bin/env bash -c '/opt/make-swap; exit 0'",
        "/etc/systemd/system/late.service:2: ExecStart=/sbin/swapon /d",
        "/etc/systemd/system/ssh.service.d/10-swap.conf:2: ExecStartPost=/sbin/swapon /a",
        "/var/lib/cloud/scripts/per-boot/swap.sh:2: swapon /g",
        `/etc/udev/rules.d/99-zram.rules:2: ${zram}`,
      ].map((line) => `- ${line} turns swap on at boot. Take that away`),
    );
  });
});

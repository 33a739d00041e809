import { rmSync } from "node:fs";
import { expect } from "chai";
import { containerd } from "../../components/node/runtime/containerd";
import { docker } from "../../components/node/runtime/docker";
import { storeVariables, type StoreArgs } from "../../components/node/storeFiles";
import { FakeHost } from "./fakeHost";
import { aptOptions, fakePackages, purge, recordNew } from "./fakePackages";

const step = "25-snapshotter-store";
const folder = "/var/lib/containerd/io.containerd.snapshotter.v1.btrfs";
const mountUnit = "var-lib-containerd-io.containerd.snapshotter.v1.btrfs.mount";
const variables = (change: Partial<StoreArgs> = {}) =>
  storeVariables(containerd, { snapshotter: "btrfs", device: "/dev/vdb", sizeGiB: 2, ...change });

/**
 * A host with an empty disk vdb. What is on it is in /on-disk, as lsblk's label and wipefs' type; what is mounted is
 * in /proc/mounts; the thin pool is there while /dev/mapper/hardway-containerd is.
 */
function emptyHost(): FakeHost {
  const host = new FakeHost();
  for (const path of ["/etc/.keep", "/usr/local/lib/.keep", "/sys/class/block/vdb/holders/.keep"]) host.write(path, "");
  host.write("/lib/modules/6.12.0/modules.builtin", "kernel/drivers/block/loop.ko\n");
  for (const module of ["btrfs", "dm_thin_pool"]) host.write(`/sys/module/${module}/initstate`, "live\n");
  host.write("/proc/sys/kernel/random/boot_id", "boot-1\n");
  host.write("/proc/mounts", "/dev/vda / ext4 rw 0 0\n");
  host.write("/proc/swaps", "Filename Type Size Used Priority\n");
  host.write("/dev/vdb", "\0".repeat(1024));
  host.program("uname", { "-r": "echo 6.12.0" });
  fakePackages(host, { "btrfs-progs": {}, dmsetup: {}, e2fsprogs: {}, fdisk: {}, "zfsutils-linux": {} });
  host.program("lsblk", {
    "-n -d -r -o TYPE *": '[ -e "$6" ] && cat "$R/type" 2>/dev/null || { [ -e "$6" ] && echo disk; }',
    "-n -d -r -o NAME,TYPE,SIZE": "echo vda disk 16G",
    "-n -r -o NAME *": 'echo vdb; cat "$R/parts" 2>/dev/null || :',
    "-n -r -o LABEL,PARTLABEL *": 'cut -d " " -f 2 "$R/on-disk" 2>/dev/null || :',
  });
  host.program("blockdev", { "--getro *": "echo 0", "--getsize64 *": 'cat "$R/size" 2>/dev/null || echo 4294967296' });
  host.program(
    "wipefs",
    { "-n -i -O TYPE *": 'echo TYPE; cut -d " " -f 1 "$R/on-disk" 2>/dev/null || :' },
    { "-a -q *": 'rm -f "$R/on-disk"' },
  );
  host.program("df", { "-Pk *": "echo 'x 1 1 1'; echo 'x 16777216 1 4194304 50% /'" });
  host.program("udevadm", {}, { settle: "exit 0" });
  host.program("truncate", {}, { "-s *": "exit 0" });
  host.program("dd", {}, { "*": "exit 0" });
  host.program("mkfs.btrfs", {}, { "-q -f -L hardway-store *": 'echo "btrfs hardway-store" >"$R/on-disk"' });
  const parts = '"$R/dev/disk/by-partlabel/hardway-store';
  host.program(
    "sfdisk",
    {},
    {
      "--quiet *": `cat >"$R/sfdisk"; echo "gpt hardway-store-meta" >"$R/on-disk"; mkdir -p "$R/dev/disk/by-partlabel"; : >${parts}-meta"; : >${parts}-data"`,
    },
  );
  const pool = '"$R/dev/mapper/hardway-containerd"';
  host.program("dmsetup", { "status hardway-containerd": `cat ${pool}` });
  const start: Record<string, string> = {
    [mountUnit]: `echo "/dev/vdb ${folder} btrfs rw 0 0" >>"$R/proc/mounts"; touch "$R/active"`,
    "hardway-thin-pool.service": `mkdir -p "$R/dev/mapper"; echo "0 9 thin-pool 1 1/9 1/9 - rw no_discard" >${pool}; touch "$R/active"`,
  };
  const units = Object.keys(start);
  const active = [...units.map((unit) => [unit, "active"]), ["containerd.service", "runtime"]] as const;
  const reads = active.map(([unit, file]): [string, string] => [`is-active -q ${unit}`, `[ -e "$R/${file}" ]`]);
  host.program("systemctl", Object.fromEntries(reads), {
    "daemon-reload": "exit 0",
    "stop containerd.service": '[ ! -e "$R/active" ] && rm "$R/runtime"',
    "start containerd.service": '[ -e "$R/active" ] && touch "$R/runtime"',
    ...Object.fromEntries(
      units.flatMap((unit) => [
        [`reset-failed ${unit}`, "exit 1"],
        [`start ${unit}`, start[unit] ?? ""],
        [`stop ${unit}`, 'rm -f "$R/active"; echo "/dev/vda / ext4 rw 0 0" >"$R/proc/mounts"'],
      ]),
    ),
  });
  host.program("journalctl", { "-u *": "echo 'wrong fs type'" });
  return host;
}

describe("25-snapshotter-store.sh", () => {
  let host: FakeHost;
  beforeEach(() => (host = emptyHost()));
  afterEach(() => host.remove());

  const found = (stderr: string) => stderr.split("\n").filter((line) => line.startsWith("- "));

  it("puts a btrfs on an empty device and mounts it at every boot; undo leaves the device empty", () => {
    const before = host.contents();
    const first = host.run(step, variables());
    expect(first.stderr).to.equal("");
    expect(first.changes).to.deep.equal([
      ["apt-get", ...aptOptions, "update"],
      ["apt-get", ...aptOptions, ...recordNew, "--no-install-recommends", "install", "btrfs-progs"],
      ["mkfs.btrfs", "-q", "-f", "-L", "hardway-store", host.path("/dev/vdb")],
      ["udevadm", "settle"],
      ["systemctl", "daemon-reload"],
      ["systemctl", "reset-failed", mountUnit],
      ["systemctl", "start", mountUnit],
    ]);
    expect(first.facts()).to.deep.equal({ changed: true, mount: folder, snapshotter: "btrfs", device: "/dev/vdb" });
    expect(host.read(`/etc/systemd/system/${mountUnit}`)).to.contain("What=/dev/disk/by-label/hardway-store\n");
    expect(host.exists(`/etc/systemd/system/containerd.service.requires/${mountUnit}`)).to.equal(false); // a link to /
    expect(host.tree()).to.have.property(`/etc/systemd/system/containerd.service.requires/${mountUnit}`);

    const after = host.tree();
    const second = host.run(step, variables());
    expect(second.changes).to.deep.equal([]);
    expect(second.facts()).to.deep.equal({ ...first.facts(), changed: false });
    expect(host.tree()).to.deep.equal(after);

    const undo = host.run(`${step}.undo`);
    expect(undo.stderr).to.equal("");
    expect(undo.changes).to.deep.equal([
      ["systemctl", "daemon-reload"],
      ["systemctl", "stop", mountUnit],
      ["wipefs", "-a", "-q", host.path("/dev/vdb")],
      ["dd", "if=/dev/zero", `of=${host.path("/dev/vdb")}`, "bs=1M", "count=4", "conv=fsync,notrunc"],
      ["udevadm", "settle"],
      ["systemctl", "daemon-reload"],
      purge("btrfs-progs"),
    ]);
    expect(host.contents()).to.deep.equal(before);
    expect(host.run(`${step}.undo`).stdout).to.equal('{"changed":false}\n');
  });

  it("uses a file where there is no device, and takes it away", () => {
    const before = host.contents();
    const first = host.run(step, variables({ device: "" }));
    expect(first.stderr).to.equal("");
    const file = host.path(`/var/lib/hardway/${step}/data.img`);
    expect(first.changes.slice(2, 4)).to.deep.equal([
      ["truncate", "-s", "2048M", file],
      ["mkfs.btrfs", "-q", "-f", "-L", "hardway-store", file],
    ]);
    expect(first.facts()).to.deep.equal({ changed: true, mount: folder, snapshotter: "btrfs", fileGiB: 2 });
    expect(host.read(`/etc/systemd/system/${mountUnit}`)).to.contain(
      `What=/var/lib/hardway/${step}/data.img\nWhere=${folder}\nType=btrfs\nOptions=loop\n`,
    );
    expect(host.run(step, variables({ device: "" })).changes).to.deep.equal([]);
    host.write("/on-disk", "ext4 theirs\n"); // of a disk that is none of this step's business
    expect(host.run(`${step}.undo`).changes.map(([name]) => name)).not.to.include("wipefs");
    host.write("/on-disk", "");
    expect({ ...before, "/on-disk": "644 " }).to.deep.equal(host.contents());
  });

  it("makes a thin pool on a device, and a unit that sets it up before containerd", () => {
    const before = host.contents();
    const wanted = variables({ snapshotter: "devmapper" });
    const first = host.run(step, wanted);
    expect(first.stderr).to.equal("");
    expect(host.read("/sfdisk")).to.equal("label: gpt\nname=hardway-store-meta, size=56MiB\nname=hardway-store-data\n");
    expect(first.changes.slice(2, 5)).to.deep.equal([
      ["sfdisk", "--quiet", host.path("/dev/vdb")],
      ["udevadm", "settle"],
      [
        "dd",
        "if=/dev/zero",
        `of=${host.path("/dev/disk/by-partlabel/hardway-store-meta")}`,
        "bs=4096",
        "count=1",
        "conv=fsync,notrunc",
      ],
    ]);
    expect(first.facts()).to.deep.equal({
      changed: true,
      pool: "hardway-containerd",
      snapshotter: "devmapper",
      device: "/dev/vdb",
    });
    expect(host.run(step, wanted).changes).to.deep.equal([]);

    host.write("/dev/mapper/hardway-containerd", "0 9 thin-pool 1 9/9 9/9 - out_of_data_space no_discard\n");
    expect(host.run(step, wanted).stderr).to.contain("the thin pool hardway-containerd cannot be written to");

    // The program itself has a test of its own.
    host.write("/usr/local/lib/hardway/thin-pool.sh", `#!/bin/sh\necho "$@" >${host.path("/stopped")}\n`, 0o755);
    expect(host.run(`${step}.undo`).stderr).to.equal("");
    expect(host.read("/stopped")).to.equal(
      "stop hardway-containerd /dev/disk/by-partlabel/hardway-store-meta /dev/disk/by-partlabel/hardway-store-data\n",
    );
    const left = host.contents();
    for (const path of Object.keys(left)) if (/^\/(dev\/(disk|mapper)|sfdisk|stopped)/.test(path)) delete left[path];
    expect(left).to.deep.equal(before);
  });

  describe("refuses, before anything is changed,", () => {
    const cases: [string, (fake: FakeHost) => void, Partial<StoreArgs>, string[]][] = [
      [
        "a kernel without zfs",
        (fake) => fake.program("modprobe", { "--show-depends zfs": "exit 1" }),
        { snapshotter: "zfs" },
        [
          "- the snapshotter zfs needs a kernel module (which zfs-dkms of contrib builds, on Debian): kernel 6.12.0 has no " +
            "module zfs and it is not built in. Install the full kernel package (not a cut-down cloud or container one), or " +
            "reboot if a newer kernel was just installed, or choose another snapshotter",
        ],
      ],
      [
        "a kernel that takes no more modules",
        (fake) => {
          rmSync(fake.path("/sys/module/dm_thin_pool"), { recursive: true });
          fake.write("/proc/sys/kernel/modules_disabled", "1\n");
        },
        { snapshotter: "devmapper" },
        [
          "- the snapshotter devmapper needs a kernel module: the kernel loads no more modules (kernel.modules_disabled is " +
            "1, which only a reboot ends), and the module dm_thin_pool is not loaded. Take away what sets it, reboot and " +
            "run this again, or choose another snapshotter",
        ],
      ],
      [
        "a device that is not there",
        () => undefined,
        { device: "/dev/vdc" },
        ["- the device /dev/vdc is not on this host, or is no block device; found: vda disk 16G;"],
      ],
      [
        "a device with a file system",
        (fake) => fake.write("/on-disk", "ext4 photos\n"),
        {},
        [
          "- the device /dev/vdb holds data: ext4 . Nothing of it is touched. If it may go, empty the device yourself: " +
            "wipefs -a /dev/vdb; dd if=/dev/zero of=/dev/vdb bs=1M count=4",
        ],
      ],
      [
        "a device with partitions",
        (fake) => (fake.write("/on-disk", "gpt x\n"), fake.write("/parts", "vdb1\nvdb2\n")),
        {},
        [
          "- the device /dev/vdb holds data: gpt with vdb1 vdb2 . Nothing of it is touched. If it may go, empty the " +
            "device yourself: wipefs -a /dev/vdb; dd if=/dev/zero of=/dev/vdb bs=1M count=4",
        ],
      ],
      [
        "a device with bytes that nobody knows",
        (fake) => fake.write("/dev/vdb", "\0".repeat(4096) + "x"),
        {},
        [
          "- the device /dev/vdb holds data without a known form: its first 4 MiB are not all zero. Nothing of it is " +
            "touched. If it may go, empty the device yourself: dd if=/dev/zero of=/dev/vdb bs=1M count=4",
        ],
      ],
      [
        "a device that is mounted, swapped to and part of something",
        (fake) => {
          fake.write("/proc/mounts", "/dev/vdb /srv xfs rw 0 0\n");
          fake.write("/proc/swaps", "Filename Type\n/dev/vdb partition 9 0 -2\n");
          fake.write("/sys/class/block/vdb/holders/dm-0", "");
        },
        {},
        ["- the device /dev/vdb is in use: mounted at /srv; swapped to; part of dm-0. Name another one"],
      ],
      [
        "a small device of the wrong kind",
        (fake) => (fake.write("/type", "rom\n"), fake.write("/size", "1048576\n")),
        {},
        [
          "- the device /dev/vdb is a rom; wanted a disk or a partition",
          "- the device /dev/vdb has 1 MiB; wanted 1024 MiB at least",
        ],
      ],
      [
        "a root disk without room",
        () => undefined,
        { device: "", sizeGiB: 5 },
        [
          "- the root disk has 4 GiB free under /var/lib; the store may grow to 5 GiB. Set hardway:snapshotterGiB lower, or " +
            "name an empty device as hardway:snapshotterDevice",
        ],
      ],
      [
        "a folder that somebody uses",
        (fake) => {
          fake.write("/proc/mounts", `/dev/vdc ${folder} xfs rw 0 0\n`);
          fake.write(`${folder}/metadata.db`, "x");
        },
        {},
        [
          `- ${folder} is in use: a xfs file system is mounted there. Unmount it, or choose another snapshotter`,
          `- ${folder} is not empty. Move its content away, or choose another snapshotter`,
        ],
      ],
      [
        "a pool of another",
        (fake) => fake.write("/dev/mapper/hardway-containerd", ""),
        { snapshotter: "devmapper" },
        [
          "- there is a device /dev/mapper/hardway-containerd that is not ours. Remove it, or choose another snapshotter",
        ],
      ],
    ];
    for (const [what, prepare, change, expected] of cases) {
      it(what, () => {
        prepare(host);
        const before = host.contents();
        const run = host.run(step, variables(change));
        expect(found(run.stderr)).to.deep.equal(expected);
        expect(run.changes).to.deep.equal([]);
        expect(host.contents()).to.deep.equal(before);
        // Undo of a step that was refused is not to touch the device either.
        expect(host.run(`${step}.undo`).changes.map(([name]) => name)).to.not.include.members(["wipefs"]);
      });
    }

    it("another place than the one that it has", () => {
      host.run(step, variables());
      const run = host.run(step, variables({ device: "" }));
      expect(found(run.stderr)).to.deep.equal([
        "- this host has a store for btrfs on /dev/vdb of containerd.service, with images and containers in it; wanted " +
          "btrfs on files of 2 GiB of containerd.service. " +
          "Remove that one first: set hardway:snapshotter to overlayfs for this worker and run up, then set it as you want it",
      ]);
      expect(run.changes).to.deep.equal([]);
    });

    it("another runtime's store while it has one", () => {
      host.run(step, variables());
      const run = host.run(step, storeVariables(docker, { snapshotter: "btrfs", device: "/dev/vdb", sizeGiB: 2 }));
      expect(found(run.stderr)[0]).to.contain(
        "btrfs on /dev/vdb of containerd.service, with images and containers in it; ",
      );
      expect(run.changes).to.deep.equal([]);
    });

    it("a disk that came in place of its own", () => {
      host.run(step, variables());
      host.write("/on-disk", "ext4 photos\n");
      const run = host.run(step, variables());
      expect(found(run.stderr)[0]).to.match(/^- the device \/dev\/vdb does not hold the store any more/);
      expect(host.run(`${step}.undo`).changes.map(([name]) => name)).to.not.include("wipefs");
      expect(host.read("/on-disk")).to.equal("ext4 photos\n");
    });
  });

  it("goes on where it was cut off while it made the file system, and trusts a name no longer after a reboot", () => {
    host.program("mkfs.btrfs", {}, { "*": 'echo "btrfs hardway-store" >"$R/on-disk"; kill -KILL $PPID' });
    expect(host.run(step, variables()).status).to.not.equal(0);
    host.program("mkfs.btrfs", {}, { "*": "exit 0" });
    host.write("/proc/sys/kernel/random/boot_id", "boot-2\n");
    expect(found(host.run(step, variables()).stderr)[0]).to.match(/^- the device \/dev\/vdb holds data: btrfs/);
    host.write("/proc/sys/kernel/random/boot_id", "boot-1\n");
    const run = host.run(step, variables());
    expect(run.stderr).to.equal("");
    expect(run.changes.map(([name]) => name)).to.deep.equal([
      "mkfs.btrfs",
      "udevadm",
      ...Array.from({ length: 3 }, () => "systemctl"),
    ]);
    expect(host.run(step, variables()).changes).to.deep.equal([]);
  });

  it("mounts it again while no runtime looks, and starts the one that ran", () => {
    host.write("/runtime", "");
    const first = host.run(step, variables());
    expect(first.stderr).to.equal("");
    expect(first.changes.filter(([, , unit]) => unit === "containerd.service")).to.deep.equal([
      ["systemctl", "stop", "containerd.service"],
      ["systemctl", "start", "containerd.service"],
    ]);
    expect(host.run(step, variables()).changes).to.deep.equal([]);
    host.write("/proc/mounts", "/dev/vda / ext4 rw 0 0\n");
    const wrong = host.run(step, variables()); // still active for systemd, so that only the effect shows it
    expect(wrong.stderr).to.contain(`nothing is mounted at ${folder} after ${mountUnit} ran`);
    rmSync(host.path("/active"));
    const run = host.run(step, variables());
    expect(run.stderr).to.equal("");
    expect(run.changes).to.deep.equal([
      ["systemctl", "stop", "containerd.service"],
      ["systemctl", "daemon-reload"],
      ["systemctl", "reset-failed", mountUnit],
      ["systemctl", "start", mountUnit],
      ["systemctl", "start", "containerd.service"],
    ]);
  });
});

import path from "node:path";
import type { HostArchitecture } from "../packages";
import type { Accelerator } from "./acceleration";
import type { MachineFiles } from "./files";
import { managementMac, machineUuid } from "./identity";
import type { QmpClient } from "./qmp";
import type { MachineSettings } from "./settings";

export interface QemuInput extends Omit<MachineSettings, "base" | "credentials" | "dataDisks" | "diskGiB"> {
  readonly architecture: HostArchitecture;
  readonly accelerator: Accelerator;
  readonly kernel: string;
  readonly initrd: string;
  readonly files: MachineFiles;
  /** Disks besides the root. */
  readonly dataDisks: readonly { readonly serial: string; readonly file: string }[];
  /** Names of the credentials, each a file of that name in `files.credentials`. */
  readonly credentials: readonly string[];
}

interface Platform {
  readonly machine: string;
  readonly console: string;
  /** CPU model where the host's own cannot be used. */
  readonly emulatedCpu: string;
  /** Arguments of the kernel there. */
  readonly emulatedKernel: readonly string[];
}

/**
 * Room for translated code. Once it is full, everything is translated anew: with 256, a Node did so nine times while it was
 * built, and with 1024 never, for a sixth less of this computer's time.
 */
const translatedMiB = 512;

/** A program at the same addresses every time is translated once and not at every start, which then costs a third. */
const sameAddresses = "norandmaps";

/** Debian's CONFIG_LSM but for bpf: systemd loads a program where it finds that, which takes two seconds of the boot. */
const securityModules = "lsm=landlock,lockdown,yama,loadpin,safesetid,integrity,apparmor,selinux,smack,tomoyo,ipe";

const platforms: Record<HostArchitecture["debian"], Platform> = {
  amd64: {
    machine: "pc",
    console: "ttyS0",
    // Without AVX and what needs it, programs take their SSE code, which QEMU emulates faster: 0.6 of the CPU time for
    // SHA-256, 0.93 for boot, apt and iptables together.
    emulatedCpu: "max,-avx,-avx2,-fma,-f16c,-vaes,-vpclmulqdq",
    // The kernel tries its timer at boot, and panics where ticks come late: "IO-APIC + timer doesn't work", as on a busy computer.
    // Where kernel 6.12 itself uses cmpxchg16b, it crashed in 2 of 5 boots on QEMU 7.2. Programs such as HAProxy need it.
    emulatedKernel: ["no_timer_check", "clearcpuid=cx16", sameAddresses, securityModules],
  },
  arm64: { machine: "virt", console: "ttyAMA0", emulatedCpu: "max", emulatedKernel: [sameAddresses, securityModules] },
};

/** "unsafe" ignores flushes: only a crash of this computer loses data, not one of the machine or of QEMU. */
const diskOptions = "format=qcow2,cache=unsafe,discard=unmap";

/** What a machine's QEMU is known by in the list of processes; all versions of hardway have given it this argument. */
const qmpSocket = "socket,id=qmp,server=on,wait=off,path=";

/** The folder of the machine that a command line runs, as it was at its start; undefined for a command line of something else. */
export function folderOfQemu(args: readonly string[]): string | undefined {
  const socket = args.find((arg) => arg.startsWith(qmpSocket))?.slice(qmpSocket.length);
  return socket === undefined ? undefined : path.dirname(socket.replaceAll(",,", ","));
}

/** Arguments of QEMU (7.2 or newer) for one machine. Secrets are in files, never here. */
export function qemuArguments(input: QemuInput): string[] {
  const { files, ssh } = input;
  const platform = platforms[input.architecture.debian];
  const emulated = input.accelerator === "tcg";
  return [
    ...["-name", `guest=${option(input.name)}`],
    ...["-nodefaults", "-no-user-config", "-display", "none"],
    ...["-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"],
    ...["-pidfile", files.qemuPid],
    ...["-M", platform.machine],
    ...["-accel", emulated ? `tcg,thread=multi,tb-size=${translatedMiB}` : input.accelerator],
    ...["-cpu", emulated ? platform.emulatedCpu : "host"],
    ...["-m", String(input.memoryMiB), "-smp", String(input.cores)],
    ...["-uuid", machineUuid(input.machineId)],
    ...["-kernel", input.kernel, "-initrd", input.initrd],
    ...["-append", kernelCommandLine(platform, input.machineId, emulated)],
    ...["-drive", `if=none,id=root,${diskOptions},file=${option(files.disk)}`],
    ...["-device", "virtio-blk-pci,drive=root"],
    ...input.dataDisks.flatMap(({ serial, file }, index) => [
      ...["-drive", `if=none,id=data${index},${diskOptions},file=${option(file)}`],
      ...["-device", `virtio-blk-pci,drive=data${index},serial=${option(serial)}`],
    ]),
    ...["-netdev", `user,id=management,ipv6=off${ssh ? `,hostfwd=tcp:${ssh.host}:${ssh.port}-:22` : ""}`],
    ...["-device", `virtio-net-pci,netdev=management,romfile=,mac=${managementMac(input.machineId)}`],
    ...(input.guarded ? guard(files) : []),
    // QEMU is the server because its client (7.2) never connects again, and the fabric may be restarted.
    ...["-netdev", `stream,id=vpc,server=on,addr.type=unix,addr.path=${option(files.vpc)}`],
    ...["-device", `virtio-net-pci,netdev=vpc,romfile=,mac=${input.mac}`],
    ...["-device", "virtio-rng-pci"],
    ...[
      "-chardev",
      `socket,id=console,server=on,wait=off,path=${option(files.console)},logfile=${option(files.consoleLog)}`,
    ],
    ...["-serial", "chardev:console"],
    ...["-chardev", `${qmpSocket}${option(files.qmp)}`],
    ...["-mon", "chardev=qmp,mode=control"],
    ...input.credentials.flatMap((name) => [
      "-fw_cfg",
      `name=opt/io.systemd.credentials/${name},file=${option(`${files.credentials}/${name}`)}`,
    ]),
  ];
}

/** "rx" is what the user network would receive. */
const guardObject = {
  ...{ "qom-type": "filter-redirector", id: "guard", netdev: "management", queue: "rx" },
  ...{ outdev: "guest-out", indev: "guest-in" },
} as const;

function guard({ guestOut, guestIn }: MachineFiles): string[] {
  const { "qom-type": type, ...properties } = guardObject;
  return [
    ...["-chardev", `socket,id=guest-out,server=on,wait=off,path=${option(guestOut)}`],
    ...["-chardev", `socket,id=guest-in,server=on,wait=off,path=${option(guestIn)}`],
    ...["-object", [type, ...Object.entries(properties).map(([name, value]) => `${name}=${value}`)].join(",")],
  ];
}

/**
 * Makes a machine's QEMU read from its `guestIn` again: once a connection there has ended, its filter does not take another
 * (net/filter-mirror.c, redirector_chr_event). The machine stands still meanwhile, so that nothing passes without the filter.
 */
export async function reopenGuard(qmp: Pick<QmpClient, "execute">): Promise<void> {
  await qmp.execute("stop");
  try {
    await qmp.execute("object-del", { id: guardObject.id }).catch(() => undefined);
    await qmp.execute("object-add", guardObject);
  } finally {
    await qmp.execute("cont");
  }
}

function kernelCommandLine(platform: Platform, machineId: string, emulated: boolean): string {
  return [
    `console=${platform.console} quiet panic=-1`,
    // Cards are eth0 (management) and eth1 (VPC) in the order of the arguments above.
    "net.ifnames=0",
    "mitigations=off",
    `systemd.machine_id=${machineId}`,
    ...(emulated ? platform.emulatedKernel : []),
    // Only the one sshd, on the management card.
    "systemd.ssh_auto=no",
  ].join(" ");
}

/** In a value of QEMU's option syntax a comma is written twice. */
function option(value: string): string {
  return value.replaceAll(",", ",,");
}

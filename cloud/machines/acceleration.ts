import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import path from "node:path";
import type { HostArchitecture } from "../packages";
import { lastLines, run, RunError } from "../run";
import { writeFileAtomically } from "./files";

/** How QEMU runs a machine's instructions: by hardware on Linux (kvm) or macOS (hvf), or by translating them (tcg), some 10 times slower. */
export type Accelerator = "kvm" | "hvf" | "tcg";

export interface Acceleration {
  readonly accelerator: Accelerator;
  /** One line for a person: what is used and why. */
  readonly reason: string;
}

/** A working accelerator ends the probe's program in a fraction of a second. */
const probeTimeLimitMs = 5_000;

/**
 * A boot sector for PCs: `mov dx, 0x501; mov al, 0x2a; out dx, al; hlt`. Written to QEMU's isa-debug-exit device, 0x2a ends QEMU with
 * status 2 * 0x2a + 1. That shows that the accelerator really runs code: a /dev/kvm that opens and then hangs is common in nested clouds.
 */
const probeProgram = Buffer.from([0xba, 0x01, 0x05, 0xb0, 0x2a, 0xee, 0xf4]);
const probeExitStatus = 2 * 0x2a + 1;

/** A kernel that finds no root disk gives up within a second or two, and after that many on a busy computer. */
const kernelTimeLimitMs = 20_000;

interface ProbeOptions {
  /** The kernel that machines boot; without it only the test program is tried. */
  readonly kernel?: string;
  /** @default "/dev/kvm" */
  readonly device?: string;
}

/** Finds the best accelerator that works here. The answer is remembered until the computer restarts, or QEMU or the kernel changes. */
export async function findAcceleration(
  architecture: HostArchitecture,
  cacheDirectory: string,
  { kernel, device = "/dev/kvm" }: ProbeOptions = {},
): Promise<Acceleration> {
  const version = (await run(architecture.qemu, ["--version"], { timeoutMs: 10_000 })).split("\n")[0] ?? "";
  const boot = (await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "")).trim();
  // Another user may lack the right to open /dev/kvm, so the user is part of the question.
  const key = `${boot} ${version} ${existsSync(device)} uid ${process.getuid?.() ?? 0} ${kernel ?? "without a kernel"}`;
  const file = path.join(cacheDirectory, "acceleration.json");
  const cached = await readCached(file, key);
  if (cached) return cached;
  const found = await probe(architecture, cacheDirectory, device, kernel);
  // Without a boot id there is no telling when the answer goes stale.
  if (boot) await writeFileAtomically(file, JSON.stringify({ key, ...found }));
  return found;
}

async function readCached(file: string, key: string): Promise<Acceleration | undefined> {
  try {
    const cached = JSON.parse(await readFile(file, "utf8")) as Acceleration & { key: string };
    const { key: known, accelerator, reason } = cached;
    return known === key ? { accelerator, reason } : undefined;
  } catch {
    return undefined;
  }
}

async function probe(
  architecture: HostArchitecture,
  cacheDirectory: string,
  device: string,
  kernel: string | undefined,
): Promise<Acceleration> {
  const slow = "machines are emulated (TCG), which is slow";
  const accelerator = process.platform === "darwin" ? "hvf" : "kvm";
  if (accelerator === "kvm" && !existsSync(device)) return { accelerator: "tcg", reason: `no /dev/kvm here: ${slow}` };
  const problem =
    (await probeProblem(architecture, accelerator, cacheDirectory)) ??
    (kernel === undefined ? undefined : await kernelProblem(architecture, accelerator, kernel));
  if (problem)
    return { accelerator: "tcg", reason: `${accelerator.toUpperCase()} does not work here (${problem}): ${slow}` };
  return { accelerator, reason: `machines run on ${accelerator.toUpperCase()}` };
}

function bareMachine(accelerator: Accelerator, memoryMiB: number): string[] {
  return [
    ...["-accel", accelerator, "-cpu", "host", "-m", String(memoryMiB)],
    ...["-display", "none", "-nodefaults", "-no-user-config"],
  ];
}

async function probeProblem(
  architecture: HostArchitecture,
  accelerator: Accelerator,
  cacheDirectory: string,
): Promise<string | undefined> {
  await mkdir(cacheDirectory, { recursive: true });
  const disk = path.join(cacheDirectory, `.probe-${process.pid}`);
  const sector = Buffer.alloc(512);
  probeProgram.copy(sector);
  sector.writeUInt16LE(0xaa55, 510);
  await writeFile(disk, sector);
  const common = bareMachine(accelerator, 32);
  // An Arm machine has neither boot sectors nor that device; there, QEMU's own checks when it starts have to do.
  const amd64 = architecture.debian === "amd64";
  const args = amd64
    ? [
        ...["-M", "pc", ...common, "-device", "isa-debug-exit,iobase=0x501,iosize=4"],
        ...["-drive", `if=ide,format=raw,file=${disk}`],
      ]
    : ["-M", "virt", ...common, "-S", "-chardev", "stdio,id=qmp", "-mon", "chardev=qmp,mode=control"];
  const input = amd64 ? "" : '{"execute":"qmp_capabilities"}\n{"execute":"quit"}\n';
  try {
    await run(architecture.qemu, args, { timeoutMs: probeTimeLimitMs, input });
    return amd64 ? "its test program did not run" : undefined;
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    if (error.exitCode === probeExitStatus) return undefined;
    if (error.timedOut) return `it hangs: no answer within ${probeTimeLimitMs / 1000} s`;
    if (error.output.includes("Assertion")) return "QEMU crashes with it";
    return lastLines(error.output, 1).replace(/^qemu-system-\S+: /, "") || error.message;
  } finally {
    await rm(disk, { force: true });
  }
}

/** The line in which QEMU says that KVM could not go on. */
const stopError = /^(KVM internal error.*|error: kvm run failed.*)$/m;

/**
 * Some clouds' KVM runs programs but no ordinary kernel: it stops at an instruction that it cannot emulate. So the machines' own
 * kernel is booted without a disk, until it gives up looking for one and restarts, which ends QEMU.
 */
async function kernelProblem(
  architecture: HostArchitecture,
  accelerator: Accelerator,
  kernel: string,
): Promise<string | undefined> {
  const amd64 = architecture.debian === "amd64";
  const args = [
    ...["-M", amd64 ? "pc" : "virt", ...bareMachine(accelerator, 256), "-no-reboot", "-serial", "stdio"],
    ...["-kernel", kernel, "-append", `console=${amd64 ? "ttyS0" : "ttyAMA0"} panic=-1 quiet`],
  ];
  // After such an error QEMU keeps the stopped machine for a debugger, and does not end by itself.
  const stopped = new AbortController();
  const onLine = (line: string): void => {
    if (stopError.test(line)) stopped.abort();
  };
  try {
    const output = await run(architecture.qemu, args, {
      timeoutMs: kernelTimeLimitMs,
      signal: stopped.signal,
      onLine,
    });
    return output.includes("Kernel panic") ? undefined : "the machines' kernel did not boot with it";
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    const seen = stopError.exec(error.output)?.[1]?.trim();
    const after = error.timedOut ? `within ${kernelTimeLimitMs / 1000} s` : "with it";
    return `the machines' kernel did not boot ${after}${seen === undefined ? "" : `: ${seen}`}`;
  }
}

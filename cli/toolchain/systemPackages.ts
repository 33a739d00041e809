import { existsSync } from "node:fs";
import { spawn } from "node:child_process";
import { ExitCode, InterruptedError, UserError } from "../errors";
import type { PhaseReport } from "../progress/progress";
import { lastLines, runToEnd } from "../../cloud/run";
import { which } from "./which";

/** A command or another file, and the Debian package that contains it. */
export type SystemPackage = { readonly package: string } & (
  { readonly command: string; readonly file?: undefined } | { readonly file: string; readonly command?: undefined }
);

interface InstallContext {
  readonly report: PhaseReport;
  readonly signal?: AbortSignal;
  /** Where commands are looked for. @default the process's PATH */
  readonly path?: string;
  /** Whether a person can type a password. @default stdin is a terminal */
  readonly interactive?: boolean;
  /** @default the process's user id */
  readonly uid?: number;
}

/** Another apt run ends within minutes; one that hangs must not block us for ever. */
const aptOptions = ["-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3", "-q"];
const aptTimeoutMs = 15 * 60_000;

export function missingPackages(wanted: readonly SystemPackage[], path?: string): SystemPackage[] {
  return wanted.filter((entry) => locate(entry, path) === undefined);
}

/** Where the command or file is, or `undefined`. */
export function locate({ command, file }: SystemPackage, path?: string): string | undefined {
  if (command !== undefined) return which(command, path);
  return existsSync(file) ? file : undefined;
}

function labels(entries: readonly SystemPackage[]): string {
  return entries.map((entry) => entry.command ?? entry.file).join(", ");
}

/**
 * Installs the packages whose commands are missing, by apt-get as root or through sudo.
 *
 * @throws UserError (exit 69) with the command to run where that is not possible.
 */
export async function ensureSystemPackages(wanted: readonly SystemPackage[], context: InstallContext): Promise<void> {
  const missing = missingPackages(wanted, context.path);
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((entry) => entry.package))].sort();
  if (which("apt-get", context.path) === undefined || !existsSync("/etc/debian_version")) {
    throw new UserError(
      `Missing on this system: ${labels(missing)}. This is not a Debian or Ubuntu system, so install ` +
        `what brings them yourself (on Debian: ${packages.join(" ")}), then run this again.`,
      ExitCode.missingTool,
    );
  }
  const prefix = await rootPrefix(context);
  if (prefix === undefined) {
    throw new UserError(
      `Missing on this system: ${labels(missing)}. Run this once as root, then this command again:\n` +
        `  sudo apt-get update && sudo apt-get install --no-install-recommends ${packages.join(" ")}`,
      ExitCode.missingTool,
    );
  }
  context.report.text(`updating the package lists (${packages.length} packages are missing)`);
  await aptGet(prefix, ["update"], context, packages);
  context.report.text(`installing ${packages.join(" ")}`);
  await aptGet(prefix, ["install", "-y", "--no-install-recommends", ...packages], context, packages);

  const still = missingPackages(wanted, context.path);
  if (still.length > 0) {
    throw new UserError(
      `These are still missing after their packages were installed: ` +
        still.map((entry) => `${entry.command ?? entry.file} (${entry.package})`).join(", "),
      ExitCode.missingTool,
    );
  }
}

/** Prefix of a command to run it as root: nothing, sudo, or `undefined` when neither is possible. */
async function rootPrefix(context: InstallContext): Promise<string[] | undefined> {
  if ((context.uid ?? process.getuid?.()) === 0) return [];
  const sudo = which("sudo", context.path);
  if (sudo === undefined) return undefined;
  const { code } = await runToEnd(sudo, ["-n", "true"], { timeoutMs: 10_000, signal: context.signal });
  if (code === 0) return [sudo, "-n"];
  if (!(context.interactive ?? process.stdin.isTTY)) return undefined;
  context.report.text("sudo asks for your password to install system packages");
  // It needs the terminal, which runToEnd() does not pass on; later calls then need no password.
  const granted = await new Promise<boolean>((resolve) => {
    const child = spawn(sudo, ["-v"], { stdio: "inherit" });
    child.on("error", () => resolve(false));
    child.on("close", (status) => resolve(status === 0));
  });
  return granted ? [sudo, "-n"] : undefined;
}

async function aptGet(
  prefix: readonly string[],
  args: string[],
  context: InstallContext,
  packages: string[],
): Promise<void> {
  const [command, ...rest] = [
    ...prefix,
    "env",
    "DEBIAN_FRONTEND=noninteractive",
    "apt-get",
    ...aptOptions,
    ...args,
  ] as [string, ...string[]];
  const result = await runToEnd(command, rest, {
    timeoutMs: aptTimeoutMs,
    signal: context.signal,
    onLine: (line) => context.report.counter(line),
  });
  if (result.code === 0) return;
  if (context.signal?.aborted) throw new InterruptedError();
  throw new UserError(
    `apt-get ${args[0]} failed (${result.failure ?? `exit ${result.code}`}); packages wanted: ${packages.join(" ")}\n` +
      lastLines(result.stderr || result.stdout, 5),
    ExitCode.missingTool,
  );
}

import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { version as awsVersion } from "@pulumi/aws/package.json";
import { version as commandVersion } from "@pulumi/command/package.json";
import { engines } from "../../package.json";
import { cachedBaseDisk } from "../../cloud/images/baseDisk";
import { findAcceleration } from "../../cloud/machines/acceleration";
import { hostArchitecture, systemCommands, systemFiles } from "../../cloud/packages";
import { runToEnd } from "../../cloud/run";
import type { LabKind, PluginChoice } from "../settings/settings";
import { compareVersions, engineVersion, oldestEngine } from "./engineVersion";
import { findEngine } from "./pulumiEngine";
import { locate, type SystemPackage } from "./systemPackages";
import { which } from "./which";

/** A program that the lab needs, as `doctor` shows it. */
export interface Tool {
  readonly name: string;
  /** What is needed, e.g. `>= 20` or `3.259.0`. */
  readonly wanted: string;
  /** The version or fact that was found. */
  readonly found?: string;
  /** Where it comes from: `PATH`, `cache`, `download`, `built`, `checkout`, or what will be done: `will be built`. */
  readonly source: string;
  readonly path?: string;
  readonly ok: boolean;
}

interface InspectOptions {
  readonly cache: string;
  readonly state: string;
  readonly kind: LabKind;
  readonly plugins: PluginChoice;
}

/** The base disk, three machines' own disks, and Go's caches while the engine is built. */
export const wantedFreeGiB = 8;

/** Node.js's version from package.json; the launcher `hardway` has a copy, since it runs before Node.js does. */
const wantedNode = engines.node.replace(">=", ">= ");

/** Checks everything that is needed; fetches nothing and changes nothing. */
export async function inspectTools(options: InspectOptions): Promise<Tool[]> {
  const { cache, state, kind, plugins } = options;
  const engine = await inspectEngine(cache, plugins);
  return [
    {
      name: "node",
      wanted: wantedNode,
      found: process.versions.node,
      source: "PATH",
      path: process.execPath,
      ok: compareVersions(process.versions.node, engines.node) >= 0,
    },
    await inspectCommand("npm", ["--version"], "any"),
    await inspectCommand("ssh", ["-V"], "any OpenSSH client"),
    engine,
    ...(engine.source === "missing" ? [await inspectGo()] : []),
    inspectPlugins(plugins, kind),
    ...(kind === "embedded" ? inspectSystemPackages() : []),
    ...(kind === "embedded" ? [await inspectAcceleration(cache)] : []),
    await inspectDisk("space for the cache", cache),
    await inspectDisk("space for labs", state),
  ];
}

async function inspectEngine(cache: string, plugins: PluginChoice): Promise<Tool> {
  const wanted = `3.x, >= ${oldestEngine}`;
  const engine = await findEngine({ cache, official: plugins === "official" });
  if (engine === undefined)
    return { name: "pulumi", wanted, source: "missing", path: `"up" downloads or builds ${engineVersion}`, ok: true };
  return { name: "pulumi", wanted, found: engine.version, source: engine.source, path: engine.path, ok: true };
}

/** Needed only where the engine has to be built; a download may do without it. */
async function inspectGo(): Promise<Tool> {
  const go = await inspectCommand("go", ["version"], "to build pulumi where it cannot be downloaded");
  return { ...go, ok: true };
}

export function inspectPlugins(plugins: PluginChoice, kind: LabKind): Tool {
  // Only a lab on the user's own hosts makes no machines.
  const names = ["command", ...(kind === "hosts" ? [] : ["aws"])];
  const versions = names.map((name) => `${name} ${name === "aws" ? awsVersion : commandVersion}`).join(", ");
  return plugins === "bundled"
    ? {
        name: "pulumi plugins",
        wanted: [...names, "nodejs"].join(", "),
        found: `in place of ${versions}`,
        source: "checkout",
        ok: true,
      }
    : {
        name: "pulumi plugins",
        wanted: versions,
        source: "official",
        path: "the engine gets them",
        ok: true,
      };
}

function inspectSystemPackages(): Tool[] {
  const wanted: SystemPackage[] = [...systemCommands(), ...systemFiles].filter(
    (entry) => !("command" in entry && entry.command === "ssh"),
  );
  return wanted.map((entry) => {
    const path = locate(entry);
    return {
      name: entry.command ?? entry.file,
      wanted: `package ${entry.package}`,
      source: path === undefined ? "missing" : "system",
      path,
      ok: path !== undefined,
    };
  });
}

async function inspectCommand(name: string, args: string[], wanted: string): Promise<Tool> {
  const path = which(name);
  if (path === undefined) return { name, wanted, source: "missing", ok: false };
  const { code, stdout, stderr } = await runToEnd(path, args, { timeoutMs: 20_000 });
  const found = /\d+\.\d+\S*/.exec(stdout || stderr)?.[0]?.replace(/,$/, "");
  return { name, wanted, found, source: "PATH", path, ok: code === 0 };
}

async function inspectAcceleration(cache: string): Promise<Tool> {
  const common = { name: "acceleration", wanted: "kvm or hvf; tcg is slower", source: "probe" };
  try {
    const base = await cachedBaseDisk(cache);
    const { accelerator, reason } = await findAcceleration(hostArchitecture(), cache, base && { kernel: base.kernel });
    return { ...common, found: accelerator, path: reason, ok: true };
  } catch {
    // Without QEMU, which has its own line, there is nothing to probe with.
    return { ...common, path: "needs QEMU", ok: true };
  }
}

async function inspectDisk(name: string, directory: string): Promise<Tool> {
  // The folder itself may not be there yet.
  let existing = directory;
  while (!existsSync(existing) && existing !== dirname(existing)) existing = dirname(existing);
  const { bavail, bsize } = await statfs(existing);
  const freeGiB = (bavail * bsize) / 2 ** 30;
  return {
    name,
    wanted: `>= ${wantedFreeGiB} GiB`,
    found: `${freeGiB.toFixed(0)} GiB`,
    source: "file system",
    path: directory,
    ok: freeGiB >= wantedFreeGiB,
  };
}

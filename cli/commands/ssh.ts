import type { CloudInstance } from "../../cloud/daemon/control";
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { dirname, resolve } from "node:path";
import { makeFolder } from "../files";
import { ExitCode, UserError } from "../errors";
import { knownInstances, nodeName } from "../lab/instances";
import { unknownHost } from "../lab/knownNames";
import { updateLogins } from "../lab/logins";
import type { LabSettings } from "../settings/settings";
import { repositoryRoot, type LabPaths } from "../paths";
import { readInventoryHosts, writeSshFilesFor } from "../ssh/sshFiles";
import { which } from "../toolchain/which";
import { noteMadeLogins } from "../lab/builtLab";
import { Context, Lab, type GlobalOptions } from "../lab/context";
import { hostSchema, type HostValues } from "../../components/config/schema";

/** Logs in with the OpenSSH client, or runs a command; its exit code becomes ours. */
export function ssh(options: GlobalOptions, node: string, command: readonly string[]): Promise<number> {
  return runClient(options, () => ({ node, flags: [], command }));
}

/** What the OpenSSH client is started for. */
export interface ClientCall {
  readonly node: string;
  readonly flags: readonly string[];
  readonly command: readonly string[];
}

/** Runs the OpenSSH client, which has our input, output and terminal; its exit code becomes ours. */
export async function runClient(
  options: GlobalOptions,
  choose: (hosts: readonly HostValues[], lab: string) => ClientCall,
): Promise<number> {
  const ssh = await openClient(options);
  const words = ssh.prepare(choose(ssh.hosts, ssh.lab));
  // Ctrl-C is meant for the remote command; ssh passes it on or ends, and then we end too.
  for (const signal of ["SIGINT", "SIGQUIT"] as const) process.on(signal, () => undefined);
  const child = spawn(ssh.client, words, { stdio: "inherit" });
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code, signal) => done(code ?? 128 + constants.signals[signal ?? "SIGTERM"]));
  });
}

/** Runs the OpenSSH client for a command of ours, on hosts of a lab. */
export interface Client {
  readonly lab: string;
  readonly hosts: readonly HostValues[];
  /** Its program. */
  readonly client: string;
  /** What it is started with. @throws UserError for a host that is not there or does not run */
  prepare(call: ClientCall): readonly string[];
  /** What a command prints, in 60 seconds. @throws UserError with what it said, when it fails */
  read(call: ClientCall): Promise<string>;
}

/** @throws UserError where there is no client, or the lab has no machines yet */
export async function openClient(options: GlobalOptions): Promise<Client> {
  const lab = new Lab(options);
  const { paths } = lab;
  const client = which("ssh");
  if (client === undefined)
    throw new UserError(
      "The OpenSSH client (ssh) is missing; on Debian: apt-get install openssh-client.",
      ExitCode.missingTool,
    );
  const { settings } = lab;
  if (settings.kind !== "hosts" && !existsSync(paths.inventory)) await learnLogins(options);
  const machines = settings.kind === "embedded" ? await machinesOf(lab) : undefined;
  const { hosts, directory } = hostsOf(paths, settings);
  const names = writeSshFilesFor(paths, hosts, directory);
  const prepare = ({ node, flags, command }: ClientCall) => {
    if (!names.includes(node)) throw unknownHost(node, names, paths.name);
    if (machines !== undefined) requireMachine(node, machines);
    return [...flags, "-F", paths.sshConfig, node, ...command];
  };
  const read = async (call: ClientCall) => outputOf(client, prepare(call));
  return { lab: paths.name, hosts, client, prepare, read };
}

/** Without the lab's lock, which `up` has while it runs: only the state is read. */
async function learnLogins(options: GlobalOptions): Promise<void> {
  const context = new Context(options, true);
  try {
    await noteMadeLogins(context, "ssh");
  } finally {
    context.release();
  }
}

function outputOf(client: string, words: readonly string[]): Promise<string> {
  return new Promise((done, fail) => {
    const child = execFile(client, words, { timeout: 60_000, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (error === null) done(stdout);
      else fail(new UserError(stderr.trim() || `ssh failed: ${error.message}`));
    });
    child.stdin?.end();
  });
}

/** The lab's machines; updates their addresses in the files that ssh uses. */
async function machinesOf(lab: Lab): Promise<CloudInstance[] | undefined> {
  const machines = await knownInstances(lab, (text) => process.stderr.write(`${text}\n`));
  if (machines !== undefined) updateLogins(lab.paths, machines);
  return machines;
}

/** Without its machine, the address may belong to another one, and the client would warn of an eavesdropper. */
function requireMachine(node: string, machines: readonly CloudInstance[]): void {
  const state = machines.find((machine) => nodeName(machine) === node)?.state;
  if (state === undefined)
    throw new UserError(`${node} has no machine in the embedded EC2 any more; "./hardway up" makes a new one.`);
  if (state === "stopped" || state === "stopping")
    throw new UserError(`${node} is ${state}; boot it with "./hardway start".`);
}

/** The lab's hosts, and where relative paths of their key files start. */
function hostsOf(paths: LabPaths, settings: LabSettings): { hosts: readonly HostValues[]; directory: string } {
  if (settings.kind !== "hosts") return ofInventory(paths.inventory);
  makeFolder(paths.directory, 0o700);
  const { hosts } = settings.values;
  const inventory = settings.values["inventory"] || process.env["HARDWAY_INVENTORY"];
  if (typeof inventory === "string" && !(Array.isArray(hosts) && hosts.length > 0))
    return ofInventory(resolve(repositoryRoot, inventory));
  const parsed = hostSchema.array().safeParse(hosts);
  if (!parsed.success)
    throw new UserError(
      "hardway:hosts cannot be read as it stands in the stack file; use your own ssh.",
      ExitCode.config,
    );
  return { hosts: parsed.data, directory: repositoryRoot };
}

function ofInventory(file: string): { hosts: readonly HostValues[]; directory: string } {
  return { hosts: readInventoryHosts(file), directory: dirname(file) };
}

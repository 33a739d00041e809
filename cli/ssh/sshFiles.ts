import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { isSshHost, isSshPath, isSshUser, type LoginValues } from "../../components/config/loginSchema";
import { knownHost, readHostKeys, type HostKeys } from "../../components/config/hostKeys";
import { readInventoryFile } from "../../components/config/inventory";
import { resolvePath } from "../../components/config/privateKey";
import type { HostValues } from "../../components/config/schema";
import { formatPublicKey, parsePublicKey } from "../../components/remote/sshKeys";
import { writeWhole } from "../files";
import { ExitCode, messageOf, UserError } from "../errors";
import type { LabPaths } from "../paths";

/** Writes the OpenSSH client's configuration for the hosts of the lab's inventory: `ssh -F ssh_config node-0`. */
export function writeSshFiles(paths: LabPaths, inventory = paths.inventory): readonly string[] {
  const hosts = readInventoryHosts(inventory);
  return writeSshFilesFor(paths, hosts, dirname(inventory));
}

/** @param directory where relative key files start. */
export function writeSshFilesFor(paths: LabPaths, hosts: readonly HostValues[], directory: string): readonly string[] {
  writeWhole(paths.knownHosts, renderKnownHosts(hosts));
  writeWhole(paths.sshConfig, renderLabSshConfig(hosts, paths, directory, readHostKeys(paths.hostKeys)));
  return hosts.map((host) => host.name);
}

/** @throws UserError (exit 78) that says everything that is wrong with it. */
export function readInventoryHosts(file: string): readonly HostValues[] {
  try {
    return readInventoryFile(file);
  } catch (error) {
    throw new UserError(`${file} is not an inventory: ${messageOf(error)}`, ExitCode.config);
  }
}

/**
 * See ssh_config(5). None is trusted unseen: a host whose key is neither in the configuration nor was learnt at the first connection
 * is looked for in the user's own known_hosts.
 *
 * @param learnt such keys, those of `paths.hostKeys`
 * @throws UserError for a value that would mean something else there than itself: the schema has refused it already, but what is
 * in this file decides which commands run on the user's computer.
 */
export function renderLabSshConfig(
  hosts: readonly HostValues[],
  { knownHosts, hostKeys }: Pick<LabPaths, "knownHosts" | "hostKeys">,
  directory: string,
  learnt: HostKeys = new Map(),
): string {
  const keysOf = ({ host, port, hostKey }: LoginValues): string => {
    if (hostKey !== undefined) return quoted(knownHosts, "lab's folder");
    // This file itself, so that the client can name the line of an outdated key.
    if (learnt.has(knownHost(host, port))) return quoted(hostKeys, "lab's folder");
    return `${quoted(join(homedir(), ".ssh/known_hosts"), "home folder")} ${quoted(knownHosts, "lab's folder")}`;
  };
  const block = (name: string, login: LoginValues, jump: readonly string[]) =>
    [
      `Host ${name}`,
      `  HostName ${escaped(taken(login.host, isSshHost, `${name}: host`))}`,
      `  Port ${Number(login.port)}`,
      `  User ${taken(login.user, isSshUser, `${name}: user`)}`,
      ...jump,
      ...(login.privateKeyFile === undefined
        ? []
        : [
            `  IdentityFile ${quoted(resolvePath(login.privateKeyFile, directory), `${name}: private key file`)}`,
            "  IdentitiesOnly yes",
          ]),
      ...(login.agentSocketPath === undefined
        ? []
        : [`  IdentityAgent ${quoted(login.agentSocketPath, `${name}: agent's socket`)}`]),
      `  UserKnownHostsFile ${keysOf(login)}`,
    ].join("\n");
  const blocks = hosts.flatMap(({ name, ssh: { bastion, ...login } }) => [
    block(taken(name, isSshHost, "name"), login, bastion ? [`  ProxyJump ${bastionName(name)}`] : []),
    ...(bastion ? [block(bastionName(name), bastion, [])] : []),
  ]);
  const common = [
    "Host *",
    "  StrictHostKeyChecking yes",
    "  ConnectTimeout 15",
    "  ServerAliveInterval 15",
    "  LogLevel ERROR",
  ].join("\n");
  return `${[...blocks, common].join("\n\n")}\n`;
}

/** No host's name contains a dot, so none can be mistaken for another's bastion. */
function bastionName(host: string): string {
  return `${host}.bastion`;
}

/** See sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT". @throws UserError for a value that would mean something else there than itself */
export function renderKnownHosts(hosts: readonly HostValues[]): string {
  return hosts
    .flatMap(({ ssh }) => (ssh.bastion === undefined ? [ssh] : [ssh, ssh.bastion]))
    .flatMap(({ host, port, hostKey }) =>
      hostKey === undefined
        ? []
        : [`${knownHost(taken(host, isSshHost, "host"), Number(port))} ${wholeKey(hostKey, host)}\n`],
    )
    .filter((line, index, lines) => lines.indexOf(line) === index)
    .join("");
}

function wholeKey(hostKey: string, host: string): string {
  try {
    return formatPublicKey(parsePublicKey(hostKey));
  } catch (error) {
    throw new UserError(`${host}: ${(error as Error).message}.`, ExitCode.config);
  }
}

function taken(value: string, isTaken: (value: string) => boolean, what: string): string {
  if (isTaken(value)) return value;
  throw new UserError(
    `${what} ${JSON.stringify(value)} cannot be written into the OpenSSH client's files: it would not be read as it stands.`,
    ExitCode.config,
  );
}

function quoted(path: string, what: string): string {
  return `"${escaped(taken(path, isSshPath, what))}"`;
}

/** Percent signs start tokens. */
function escaped(text: string): string {
  return text.replaceAll("%", "%%");
}

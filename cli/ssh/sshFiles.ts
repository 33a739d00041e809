import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { resolvePath } from "../../components/config/privateKey";
import { inventorySchema, type HostValues, type LoginValues } from "../../components/config/schema";
import { writeWhole } from "../files";
import { readYaml } from "../yaml";
import { UserError } from "../errors";
import type { LabPaths } from "../paths";

/** Writes the OpenSSH client's configuration for the hosts of the lab's inventory: `ssh -F ssh_config node-0`. */
export function writeSshFiles(paths: LabPaths, inventory = paths.inventory): readonly string[] {
  const hosts = readInventoryHosts(inventory);
  return writeSshFilesFor(paths, hosts, dirname(inventory));
}

/** @param directory where relative key files start. */
export function writeSshFilesFor(paths: LabPaths, hosts: readonly HostValues[], directory: string): readonly string[] {
  writeWhole(paths.knownHosts, renderKnownHosts(hosts));
  writeWhole(paths.sshConfig, renderSshConfig(hosts, paths.knownHosts, directory));
  return hosts.map((host) => host.name);
}

export function readInventoryHosts(file: string): HostValues[] {
  const parsed = inventorySchema.safeParse(readYaml(file));
  if (!parsed.success) throw new UserError(`${file} is not an inventory: ${parsed.error.issues[0]?.message}`);
  return parsed.data.hosts;
}

/** See ssh_config(5). A host without a pinned key is looked for in the user's own known_hosts; none is trusted unseen. */
export function renderSshConfig(hosts: readonly HostValues[], knownHosts: string, directory: string): string {
  const own = join(homedir(), ".ssh/known_hosts");
  const block = (name: string, login: LoginValues, jump: readonly string[]) =>
    [
      `Host ${name}`,
      `  HostName ${login.host}`,
      `  Port ${login.port}`,
      `  User ${login.user}`,
      ...jump,
      ...(login.privateKeyFile === undefined
        ? []
        : [`  IdentityFile ${quoted(resolvePath(login.privateKeyFile, directory))}`, "  IdentitiesOnly yes"]),
      ...(login.agentSocketPath === undefined ? [] : [`  IdentityAgent ${quoted(login.agentSocketPath)}`]),
      `  UserKnownHostsFile ${login.hostKey === undefined ? `${quoted(own)} ` : ""}${quoted(knownHosts)}`,
    ].join("\n");
  const blocks = hosts.flatMap(({ name, ssh: { bastion, ...login } }) => [
    block(name, login, bastion ? [`  ProxyJump ${name}-bastion`] : []),
    ...(bastion ? [block(`${name}-bastion`, bastion, [])] : []),
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

/** See sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT". */
export function renderKnownHosts(hosts: readonly HostValues[]): string {
  return hosts
    .flatMap(({ ssh }) => (ssh.bastion === undefined ? [ssh] : [ssh, ssh.bastion]))
    .flatMap(({ host, port, hostKey }) =>
      hostKey === undefined ? [] : [`${port === 22 ? host : `[${host}]:${port}`} ${hostKey}\n`],
    )
    .filter((line, index, lines) => lines.indexOf(line) === index)
    .join("");
}

/** Percent signs start tokens in these options. */
function quoted(path: string): string {
  return `"${path.replaceAll("%", "%%")}"`;
}

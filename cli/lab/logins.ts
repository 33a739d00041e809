import type { CloudInstance } from "../../cloud/daemon/control";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bannerAnswers } from "../../cloud/machines/readiness";
import type { PlannedHost } from "../../components/plan/routes";
import { makeFolder, readJson, writeWhole } from "../files";
import type { LabPaths } from "../paths";
import { writeSshFiles } from "../ssh/sshFiles";
import type { Logins, SshLogin } from "../ssh/login";
import { nodeName } from "./instances";

/**
 * Keeps what `ssh` needs in the lab's folder, which is for its owner only: each host's private key, the hosts in the
 * form in which a user lists his own, and the OpenSSH client's configuration.
 */
export function writeLogins(paths: LabPaths, logins: Logins, hosts: readonly PlannedHost[]): void {
  makeFolder(join(paths.directory, "keys"), 0o700);
  const known = hosts.flatMap(({ name, role, address, podCidr }) => {
    const login = logins[name];
    if (login === undefined) return [];
    const bastion = login.proxy && storeLogin(paths, `${name}-bastion`, login.proxy);
    return [{ name, role, address, podCidr, ssh: { ...storeLogin(paths, name, login), bastion } }];
  });
  writeInventory(paths, known);
  writeSshFiles(paths);
}

/** Removes what `writeLogins` has written, when a run that did not come to its end may have made other machines. */
export function forgetLogins(paths: LabPaths): void {
  rmSync(paths.inventory, { force: true });
}

/**
 * The same logins with the machines' present addresses: a machine that was restarted may have another one, and its old
 * address may belong to another lab.
 */
export function atAddresses(logins: Logins, machines: readonly CloudInstance[]): Logins {
  return Object.fromEntries(
    Object.entries(logins).map(([name, login]) => [name, { ...login, host: addressOf(name, machines) ?? login.host }]),
  );
}

/** Updates the addresses in what `writeLogins` has written; does nothing where it was never written. */
export function updateLogins(paths: LabPaths, machines: readonly CloudInstance[]): void {
  if (!existsSync(paths.inventory)) return;
  // Whether it is a valid inventory is checked when the client's configuration is made from it.
  const inventory = readJson<{ hosts?: { name: string; ssh: { host: string } }[] }>(paths.inventory);
  const hosts = Array.isArray(inventory?.hosts) ? inventory.hosts : [];
  const moved = hosts.filter(({ name, ssh }) => (addressOf(name, machines) ?? ssh.host) !== ssh.host);
  for (const { name, ssh } of moved) ssh.host = addressOf(name, machines) ?? ssh.host;
  if (moved.length > 0) writeInventory(paths, hosts);
  writeSshFiles(paths);
}

/** Whether sshd sends its banner on each of the hosts. A machine that hangs still has its process, and its port is still open. */
export async function allAnswer(logins: Logins): Promise<boolean> {
  return (await Promise.all(Object.values(logins).map(bannerAnswers))).every(Boolean);
}

function addressOf(name: string, machines: readonly CloudInstance[]): string | undefined {
  return machines.find((machine) => nodeName(machine) === name)?.publicAddress;
}

function writeInventory(paths: LabPaths, hosts: readonly unknown[]): void {
  writeWhole(paths.inventory, `${JSON.stringify({ hosts }, null, 2)}\n`);
}

/** Writes the private key to a separate file and returns the rest. Passwords are not stored: ssh asks for them. */
function storeLogin(paths: LabPaths, name: string, { privateKey, ...login }: Partial<SshLogin>) {
  const { host, port, user, hostKey, agentSocketPath } = login;
  const known = { host, port, user, hostKey, agentSocketPath };
  if (privateKey === undefined) return known;
  // Relative, so that the lab's folder can be moved.
  const privateKeyFile = join("keys", name);
  writeWhole(join(paths.directory, privateKeyFile), privateKey.endsWith("\n") ? privateKey : `${privateKey}\n`);
  return { ...known, privateKeyFile };
}

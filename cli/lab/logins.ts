import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { LabPlan } from "../../components/plan/labPlan";
import { writeWhole } from "../files";
import type { LabPaths } from "../paths";
import { writeSshFiles } from "../ssh/sshFiles";
import type { SshAccess } from "../ssh/session";

/** How to log in to each host, by name: the stack's secret `ssh` output. */
export type Logins = Readonly<Record<string, SshAccess>>;

/**
 * Keeps what `ssh` needs in the lab's folder, which is for its owner only: each host's private key, the hosts in the form in
 * which a user lists his own, and the OpenSSH client's configuration.
 */
export function writeLogins(paths: LabPaths, logins: Logins, plan: LabPlan): void {
  mkdirSync(join(paths.directory, "keys"), { recursive: true, mode: 0o700 });
  const hosts = plan.hosts.flatMap(({ name, role, address, podCidr }) => {
    const login = logins[name];
    if (login === undefined) return [];
    const bastion = login.proxy && storeLogin(paths, `${name}-bastion`, login.proxy);
    return [{ name, role, address, podCidr, ssh: { ...storeLogin(paths, name, login), bastion } }];
  });
  writeWhole(paths.inventory, `${JSON.stringify({ hosts }, null, 2)}\n`);
  writeSshFiles(paths);
}

/** Puts the private key into a file of its own and gives the rest. A password is kept nowhere: ssh asks for it. */
function storeLogin(paths: LabPaths, name: string, { privateKey, ...login }: Partial<SshAccess>) {
  const { host, port, user, hostKey, agentSocketPath } = login;
  const known = { host, port, user, hostKey, agentSocketPath };
  if (privateKey === undefined) return known;
  // Relative, so that the lab's folder can be moved.
  const privateKeyFile = join("keys", name);
  writeWhole(join(paths.directory, privateKeyFile), privateKey.endsWith("\n") ? privateKey : `${privateKey}\n`);
  return { ...known, privateKeyFile };
}

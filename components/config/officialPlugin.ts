import { statSync } from "node:fs";
import type { AwsLabArgs, KnownHost } from "../labArgs";
import type { ProxyConnection } from "../remote/connection";
import type { Problem } from "./problems";

const otherwise = "or use the bundled plugin (./hardway --plugins bundled)";

/**
 * What Pulumi's official command plugin (1.2.1) cannot log in with, although OpenSSH and the bundled plugin can: it
 * would fail in each step, after the machines were made.
 */
export function officialPluginProblems(hosts: readonly KnownHost[], aws: AwsLabArgs | undefined): Problem[] {
  const logins = hosts.flatMap(({ name, connection }) => {
    const { proxy, ...own } = connection;
    return [
      ...problemsOf(name, own),
      ...(proxy === undefined ? [] : problemsOf(`the bastion of ${name}`, proxy as ProxyConnection)),
    ];
  });
  return [...logins, ...(aws?.bastion === undefined ? [] : problemsOf("the bastion", aws.bastion))];
}

function problemsOf(of: string, login: ProxyConnection): Problem[] {
  // Values of a configuration are plain text.
  const { hostKey, privateKey, privateKeyPassword, agentSocketPath } = login as Partial<
    Record<keyof ProxyConnection, string>
  >;
  const problems: [name: string, rule: string, got?: string][] = [];
  if (hostKey?.startsWith("ssh-rsa ")) {
    const rule = `asks for signatures that sshd has not given since OpenSSH 8.8: pin the host's ed25519 or ecdsa key (ssh-keyscan shows them), ${otherwise}`;
    problems.push(["hostKey", rule, "ssh-rsa"]);
  }
  if (privateKeyPassword !== undefined && privateKey?.includes("BEGIN ENCRYPTED PRIVATE KEY")) {
    const rule = `is a locked PKCS#8 key, which it does not read: write it in OpenSSH's form (ssh-keygen -p -f KEYFILE), ${otherwise}`;
    problems.push(["privateKey", rule]);
  }
  if (agentSocketPath !== undefined && statSync(agentSocketPath, { throwIfNoEntry: false })?.isSocket() !== true) {
    const rule = `is no socket, and it asks the agent even where a key or password is given: start the agent, leave it away, ${otherwise}`;
    problems.push(["agentSocketPath", rule, agentSocketPath]);
  }
  return problems.map(([name, rule, got]) => ({
    key: `ssh.${name} of ${of}, for Pulumi's official command plugin,`,
    rule,
    ...(got === undefined ? {} : { got }),
  }));
}

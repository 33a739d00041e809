/** What logging in to a host takes, secrets included. */
export interface SshAccess {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly privateKey: string;
  /** Public host key, one line. */
  readonly hostKey: string;
  /** A machine to log in through. */
  readonly proxy?: SshProxy;
}

/** A machine that others are logged in to through. */
export interface SshProxy {
  readonly host: string;
  readonly port?: number;
  readonly user?: string;
  readonly hostKey?: string;
  readonly privateKey?: string;
  readonly privateKeyPassword?: string;
  readonly password?: string;
  readonly agentSocketPath?: string;
}

/**
 * Lines for `~/.ssh/config` (ssh_config(5)) that log in to the hosts by name and take no other host key than the pinned
 * one. There is nothing secret in them: the private key is in the file `identityFile`.
 */
export function renderSshConfig(access: Readonly<Record<string, SshAccess>>, identityFile: string): string {
  return Object.entries(access)
    .map(([name, { host, port, user, hostKey, proxy }]) =>
      [
        `Host ${name}`,
        `  HostName ${host}`,
        `  Port ${port}`,
        `  User ${user}`,
        `  IdentityFile ${quoted(identityFile)}`,
        "  IdentitiesOnly yes",
        ...(proxy === undefined ? [] : [`  ProxyJump ${proxy.user ?? "root"}@${proxy.host}:${proxy.port ?? 22}`]),
        // Says the one key that is right, for whatever name OpenSSH looks for.
        `  KnownHostsCommand /bin/echo %H ${hostKey}`,
        "  UserKnownHostsFile none",
        "  StrictHostKeyChecking yes",
        "",
      ].join("\n"),
    )
    .join("\n");
}

/** Percent signs start tokens in this option. */
function quoted(path: string): string {
  return `"${path.replaceAll("%", "%%")}"`;
}

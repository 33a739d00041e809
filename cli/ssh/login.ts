/** How to log in to a machine. */
export interface SshLogin {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Private key in a format that OpenSSH reads. */
  readonly privateKey?: string;
  readonly privateKeyPassword?: string;
  readonly password?: string;
  /** Unix socket of an SSH agent. */
  readonly agentSocketPath?: string;
  /** Public host key as in known_hosts, e.g. `ssh-ed25519 AAAA...`; without it the host is not verified. */
  readonly hostKey?: string;
  /** A machine to log in through. */
  readonly proxy?: Partial<SshLogin> & { readonly host: string };
}

/** How to log in to each host, by name. */
export type Logins = Readonly<Record<string, SshLogin>>;

/** A login by a key whose text is known. */
export type KeyLogin = SshLogin & { readonly privateKey: string };

/** @throws Error for a host that is not among them */
export function loginOf(logins: ReadonlyMap<string, SshLogin>, host: string): SshLogin {
  const login = logins.get(host);
  if (login === undefined) throw new Error(`how to log in to ${host} is not known; run "./hardway up" first`);
  return login;
}

import type { HostConnection, ProxyConnection } from "../remote/connection";
import { knownHost, type HostKeys } from "./hostKeys";
import { privateKeyProblem, readPrivateKey, resolvePath } from "./privateKey";
import type { Problem } from "./problems";
import type { LoginValues, SshValues } from "./loginSchema";

/** How problems name the values, and where relative paths start. */
export interface ConnectionContext {
  /** E.g. `hardway:hosts[0].ssh`. */
  readonly key: string;
  readonly directory: string;
  /** Of hosts that have none in their values. */
  readonly hostKeys?: HostKeys;
  readonly problems: Problem[];
}

/**
 * The connection to a host, through its bastion where it has one. A host's key may be left to the first connection, but
 * not with a password, which anybody who poses as the host would receive.
 */
export function toConnection(values: SshValues, context: ConnectionContext): HostConnection {
  const { bastion, ...login } = values;
  if (login.password !== undefined && login.hostKey === undefined) {
    const rule = "is missing: without it any machine could pose as the host and receive the password";
    context.problems.push({ key: `${context.key}.hostKey`, rule });
  }
  const hostKey = login.hostKey ?? context.hostKeys?.get(knownHost(login.host, login.port));
  const connection = { ...withKey(login, context), ...(hostKey === undefined ? {} : { hostKey }) };
  if (bastion === undefined) return connection;
  return { ...connection, proxy: toProxy(bastion, { ...context, key: `${context.key}.bastion` }) };
}

/**
 * The connection to a machine to log in through. Its host key has to be pinned, since anybody who poses as it sees every
 * login.
 * @param loginKey private key for one that has no way to log in of its own
 */
export function toProxy(values: LoginValues, context: ConnectionContext, loginKey?: string): ProxyConnection {
  const { key, problems } = context;
  if (values.hostKey === undefined) {
    problems.push({ key: `${key}.hostKey`, rule: "is missing: without it any machine could pose as the bastion" });
  }
  const ownWay = values.privateKeyFile ?? values.privateKey ?? values.password ?? values.agentSocketPath;
  return withKey(
    ownWay === undefined && loginKey !== undefined ? { ...values, privateKey: loginKey } : values,
    context,
  );
}

/** The values with the private key read from its file; what cannot be used is added to the problems. */
function withKey(values: LoginValues, { key, directory, problems }: ConnectionContext) {
  const { privateKeyFile, ...connection } = values;
  if (privateKeyFile === undefined) {
    if (!connection.privateKey && !connection.password && !connection.agentSocketPath) {
      problems.push({ key, rule: "needs one of privateKeyFile, privateKey, password or agentSocketPath" });
    }
    const problem =
      connection.privateKey === undefined
        ? undefined
        : privateKeyProblem(connection.privateKey, connection.privateKeyPassword);
    if (problem !== undefined) problems.push({ key: `${key}.privateKey`, rule: `cannot be used: ${problem.message}` });
    return forEveryPlugin(connection);
  }
  const privateKey = readPrivateKey(resolvePath(privateKeyFile, directory), connection.privateKeyPassword);
  if (privateKey instanceof Error) {
    problems.push({ key: `${key}.privateKeyFile`, rule: `cannot be used: ${privateKey.message}`, got: privateKeyFile });
    return connection;
  }
  return forEveryPlugin({ ...connection, privateKey });
}

/**
 * The same login in the form that the official plugin takes too: it refuses a passphrase for an open key, and blanks
 * before a key.
 */
function forEveryPlugin<T extends Pick<LoginValues, "privateKey" | "privateKeyPassword">>(connection: T): T {
  const { privateKey, privateKeyPassword, ...rest } = connection;
  if (privateKey === undefined) return connection;
  const isOpen = privateKeyProblem(privateKey) === undefined;
  const passphrase = isOpen || privateKeyPassword === undefined ? {} : { privateKeyPassword };
  return { ...rest, privateKey: privateKey.trimStart(), ...passphrase } as T;
}

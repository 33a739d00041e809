import { setTimeout as sleep } from "node:timers/promises";
import type { Duplex } from "node:stream";
import { Client, type AnyAuthMethod, type AuthenticationType, type ConnectConfig } from "ssh2";
import {
  fingerprint,
  firstFor,
  hostKeyAlgorithms,
  parsePrivateKey,
  parsePublicKey,
} from "../../components/remote/sshKeys";
import { agentProblem } from "../../components/remote/sshAgent";
import { sshCause } from "../../components/remote/sshCauses";
import type { CommandOperation } from "./resource";

/** Where and how to connect; defaults are filled in. */
export interface SshEndpoint {
  host: string;
  port: number;
  user: string;
  password?: string;
  privateKey?: string;
  privateKeyPassword?: string;
  agentSocketPath?: string;
  /** The only accepted host key, as in a `.pub` file. Without it the host is not verified. */
  hostKey?: string;
  /** Failed attempts before giving up; -1 never gives up. */
  dialErrorLimit: number;
  /** Seconds for one attempt, including authentication; 0 means no limit. */
  perDialTimeout: number;
  proxy?: SshEndpoint;
}

export interface Connection {
  client: Client;
  /** `host:port`, for messages. */
  name: string;
  close(): void;
}

/** Milliseconds before the second attempt; each further wait is longer by half, up to the longest. */
const firstDelay = 100;
const longestDelay = 5000;

/** Seconds without any answer after which a host counts as frozen. The environment variable is there for tests. */
const aliveSeconds = Number(process.env.HARDWAY_SSH_KEEPALIVE) || 60;
const keepalives = 4;

/** A failure that trying again cannot mend: retrying a refused key only gets the caller banned. */
class PermanentError extends Error {}

/**
 * Connects, through the proxy when there is one, trying again as the endpoint says.
 * @throws Error naming `host:port` and the cause; never a secret
 */
export async function connect(endpoint: SshEndpoint, operation: CommandOperation): Promise<Connection> {
  if (!endpoint.proxy) return dialWithRetry(endpoint, "Dial", operation, (name) => dial(endpoint, name, operation));

  const proxyEndpoint = endpoint.proxy;
  const proxy = await dialWithRetry(proxyEndpoint, "Dial proxy", operation, (name) =>
    dial(proxyEndpoint, name, operation),
  ).catch((error: Error) => Promise.reject(new Error(`proxy: ${error.message}`)));
  try {
    const inner = await dialWithRetry(endpoint, "Dial from proxy", operation, async (name) =>
      dial(endpoint, name, operation, await forward(proxy.client, endpoint)),
    );
    const close = () => {
      inner.close();
      proxy.close();
    };
    return { ...inner, close };
  } catch (error) {
    proxy.close();
    throw error;
  }
}

async function dialWithRetry(
  endpoint: SshEndpoint,
  what: string,
  { log, stop }: CommandOperation,
  attempt: (name: string) => Promise<Connection>,
): Promise<Connection> {
  const name = `${endpoint.host.includes(":") ? `[${endpoint.host}]` : endpoint.host}:${endpoint.port}`;
  const limit = endpoint.dialErrorLimit;
  let delay = firstDelay;
  for (let failures = 1; ; failures++) {
    try {
      return await attempt(name);
    } catch (error) {
      const cause = (error as Error).message;
      if (stop.aborted) throw new Error(`${name}: ${(stop.reason as Error).message}`, { cause: error });
      if (error instanceof PermanentError || (limit >= 0 && failures > limit)) {
        throw new Error(`${name}: ${failures > 1 ? `after ${failures} failed attempts: ` : ""}${cause}`, {
          cause: error,
        });
      }
      log.status(`${what} ${failures}/${limit < 0 ? "inf" : limit} failed: retrying (${name}: ${cause})`);
    }
    await sleep(delay, undefined, { signal: stop }).catch(() => {});
    if (stop.aborted) throw new Error(`${name}: ${(stop.reason as Error).message}`);
    delay = Math.min(delay * 1.5, longestDelay);
  }
}

function forward(proxy: Client, { host, port }: SshEndpoint): Promise<Duplex> {
  return new Promise((resolve, reject) =>
    proxy.forwardOut("127.0.0.1", 0, host, port, (error, stream) => (error ? reject(error) : resolve(stream))),
  );
}

async function dial(
  endpoint: SshEndpoint,
  name: string,
  { stop }: CommandOperation,
  sock?: Duplex,
): Promise<Connection> {
  const { config, authentication, wrongHostKey } = await configure(endpoint);
  stop.throwIfAborted();
  const client = new Client();
  return new Promise<Connection>((resolve, reject) => {
    const fail = (error: Error) => {
      stop.removeEventListener("abort", abort);
      client.destroy();
      reject(error);
    };
    const abort = () => fail(stop.reason as Error);
    stop.addEventListener("abort", abort);
    client.on("error", (error: Error & { level?: string; code?: string }) => {
      // The agent was tried and failed; the server's refusal, which follows, is the message that counts.
      if (error.level === "agent") return;
      const mismatch = wrongHostKey();
      if (mismatch) fail(new PermanentError(mismatch));
      else if (error.level === "client-authentication") {
        fail(new PermanentError(`authentication failed for user "${endpoint.user}" (tried ${authentication})`));
      } else fail(new Error(causeOf(error, endpoint)));
    });
    client.on("close", () => fail(new Error("the host closed the connection before it was ready")));
    client.on("ready", () => {
      stop.removeEventListener("abort", abort);
      client.removeAllListeners("error").removeAllListeners("close");
      // Whoever uses the connection listens for "close"; without a listener an error would end the process.
      client.on("error", () => {});
      resolve({ client, name, close: () => closeClient(client) });
    });
    client.connect({ ...config, sock });
    // Nagle's algorithm and delayed acknowledgements would add 40 to 90 ms to each of the seven round trips of a command.
    client.setNoDelay(true);
  });
}

/** Says goodbye, and hangs up on a peer that does not answer. */
function closeClient(client: Client) {
  const hangUp = setTimeout(() => client.destroy(), 1000).unref();
  client.once("close", () => clearTimeout(hangUp));
  client.end();
}

async function configure(endpoint: SshEndpoint) {
  const { methods, authentication } = await authMethods(endpoint);
  const { hostKey } = endpoint;
  const expected =
    hostKey === undefined ? undefined : permanent(() => parsePublicKey(hostKey), "failed to parse host key: ");
  let mismatch: string | undefined;
  const queue = [...methods];
  const config: ConnectConfig = {
    host: endpoint.host,
    port: endpoint.port,
    username: endpoint.user,
    readyTimeout: endpoint.perDialTimeout * 1000,
    keepaliveInterval: (aliveSeconds / keepalives) * 1000,
    keepaliveCountMax: keepalives - 1,
    authHandler: (left: AuthenticationType[] | null, _partial, next) => {
      // What the server does not offer is not worth an attempt, which it might count.
      const usable = (method: AnyAuthMethod) =>
        left === null || left.includes(method.type === "agent" ? "publickey" : method.type);
      let method = queue.shift();
      while (method && !usable(method)) method = queue.shift();
      // The type lacks `false`: nothing is left to try.
      next(method ?? (false as unknown as AnyAuthMethod));
    },
    hostVerifier: (key: Buffer) => {
      if (expected === undefined || key.equals(expected.blob)) return true;
      const found = `${key.toString("latin1", 4, 4 + key.readUInt32BE(0))} ${fingerprint(key)}`;
      mismatch = `host key mismatch: expected ${expected.type} ${fingerprint(expected.blob)}, the host has ${found}`;
      return false;
    },
  };
  if (expected) {
    // A host has several keys: ask for the expected kind first, keep the others so that a mismatch can name what is there.
    config.algorithms = { serverHostKey: firstFor(expected.type, [...hostKeyAlgorithms, "ssh-rsa"]) };
  }
  return { config, authentication, wrongHostKey: () => mismatch };
}

/**
 * In the order of the official plugin: key, password, agent. With a key the agent is left out: that plugin dials it all the
 * same, and fails when it cannot, but SSH tries one method only once, so that the agent's keys are never offered.
 */
async function authMethods(endpoint: SshEndpoint): Promise<{ methods: AnyAuthMethod[]; authentication: string }> {
  const { user: username, password, privateKey, privateKeyPassword } = endpoint;
  const methods: AnyAuthMethod[] = [];
  const tried: string[] = [];
  if (privateKey !== undefined) {
    const key = permanent(() => parsePrivateKey(privateKey, privateKeyPassword), "privateKey: ");
    methods.push({ type: "publickey", username, key: key.openSsh });
    tried.push(`private key ${fingerprint(key.publicKey)}`);
  }
  if (password !== undefined) {
    methods.push({ type: "password", username, password });
    const prompt = (_n: string, _i: string, _l: string, prompts: unknown[], finish: (answers: string[]) => void) =>
      finish(prompts.map(() => password));
    methods.push({ type: "keyboard-interactive", username, prompt });
    tried.push("password");
  }
  const agent = endpoint.agentSocketPath ?? process.env.SSH_AUTH_SOCK;
  if (agent && privateKey === undefined) {
    const problem = await agentProblem(agent);
    if (problem === undefined) {
      methods.push({ type: "agent", username, agent });
      tried.push(`SSH agent ${agent}`);
    } else if (endpoint.agentSocketPath !== undefined || password === undefined) {
      const source = endpoint.agentSocketPath === undefined ? "SSH_AUTH_SOCK" : "agentSocketPath";
      throw new PermanentError(`SSH agent ${agent} (from ${source}) does not answer: ${problem}`);
    }
  }
  if (methods.length === 0) {
    methods.push({ type: "none", username });
    tried.push("no privateKey, password or SSH agent given");
  }
  return { methods, authentication: tried.join(", ") };
}

function permanent<T>(make: () => T, prefix = ""): T {
  try {
    return make();
  } catch (error) {
    throw new PermanentError(prefix + (error as Error).message);
  }
}

const causes: Record<string, string> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset by the host",
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "network is unreachable",
  ETIMEDOUT: "connection timed out",
};

function causeOf(error: Error & { level?: string; code?: string }, endpoint: SshEndpoint): string {
  if (error.level === "client-timeout") return `timed out: no SSH session within ${endpoint.perDialTimeout} s`;
  return sshCause(error) ?? causes[error.code ?? ""] ?? error.message;
}

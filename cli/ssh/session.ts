import type { Duplex } from "node:stream";
import { Client, type AnyAuthMethod, type ClientChannel, type ConnectConfig, type ServerHostKeyAlgorithm } from "ssh2";
import { fingerprint, parsePrivateKey, parsePublicKey, signatureAlgorithms } from "../../components/remote/sshKeys";
import type { SshLogin } from "./login";
import { loginFailure, patiently } from "./loginFailure";

export interface ConnectOptions {
  /** Bound for everything from the first packet to the login, of each attempt. @default 20 */
  readonly timeoutSeconds?: number;
  readonly signal?: AbortSignal;
}

interface ExecOptions {
  /** Written to the command's standard input, which is then closed. */
  readonly stdin?: string;
  /** Bound on this side; a command that must end on the host too needs timeout(1). @default 60 */
  readonly timeoutSeconds?: number;
  readonly signal?: AbortSignal;
}

export interface ExecResult {
  /** Exit status; 128 + the signal's number is the shell's way and not SSH's, so a signal is -1 here. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** sshd_config(5): MaxSessions is 10 unless set, and one more would be refused. */
const maxChannels = 8;
/** Exit statuses that arrived together with the channel, before anyone could listen for them. */
const early = new WeakMap<ClientChannel, number>();
/** Bytes kept of each output stream of a command; the rest is read and dropped. */
const maxOutput = 1024 * 1024;

/**
 * An SSH connection that carries any number of commands; more than eight at a time wait for their turn. A host that lets
 * fewer run over one connection gets further connections.
 */
export class SshSession {
  #free = maxChannels;
  readonly #waiting: (() => void)[] = [];
  #lost: Error | undefined;
  /** Commands of this connection that run or start. */
  #open = 0;
  /** A further connection, for commands that the host refused over this one. */
  #further: Promise<SshSession> | undefined;

  private constructor(
    private readonly client: Client,
    private readonly name: string,
    private readonly proxy: SshSession | undefined,
    private readonly again: () => Promise<SshSession>,
    /** SHA256 fingerprint of the key that the host proved. */
    readonly hostFingerprint: string,
  ) {
    client.on("error", (error) => (this.#lost ??= new Error(`${name}: ${error.message}`)));
    client.on("close", () => (this.#lost ??= new Error(`${name}: the SSH connection was closed`)));
  }

  /** @throws Error saying which of address, host key and login was refused, and by which machine. */
  static async connect(access: SshLogin, options: ConnectOptions = {}): Promise<SshSession> {
    const login = (proxy?: SshSession) => patiently(() => SshSession.#login(access, options, proxy), options.signal);
    if (access.proxy === undefined) return login();
    const proxy = await SshSession.connect({ port: 22, user: "root", ...access.proxy }, options);
    try {
      return await login(proxy);
    } catch (error) {
      proxy.close();
      throw error;
    }
  }

  static async #login(access: SshLogin, options: ConnectOptions, proxy?: SshSession): Promise<SshSession> {
    const { timeoutSeconds = 20, signal } = options;
    const name = `${access.user}@${access.host} port ${access.port}${proxy ? ` (through ${proxy.name})` : ""}`;
    const pinned = access.hostKey === undefined ? undefined : parsePublicKey(access.hostKey);
    const sock = await proxy?.forwardTcp(access.host, access.port).catch((error: unknown) => {
      throw new Error(`${name}: ${(error as Error).message}`);
    });
    const client = new Client();
    let seen = "";
    let refusal: string | undefined;
    const config: ConnectConfig = {
      host: access.host,
      port: access.port,
      ...(sock && { sock }),
      username: access.user,
      readyTimeout: timeoutSeconds * 1000,
      keepaliveInterval: 5000,
      keepaliveCountMax: 4,
      hostVerifier: (key: Buffer) => {
        seen = fingerprint(key);
        if (pinned === undefined || key.equals(pinned.blob)) return true;
        refusal =
          `host key ${seen} is not the pinned one, ${fingerprint(pinned.blob)}: another machine answers at this ` +
          `address, or it was reinstalled; nothing was sent to it`;
        return false;
      },
    };
    if (pinned !== undefined) {
      // Otherwise a host with keys of several types could prove another one than the pinned one.
      config.algorithms = { serverHostKey: signatureAlgorithms(pinned.type) as ServerHostKeyAlgorithm[] };
    }
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => {
        signal?.removeEventListener("abort", abort);
        client.destroy();
        reject(error instanceof Error ? error : new Error(String(error)));
      };
      const abort = () => fail(signal?.reason);
      const said = (error: Error) => `${name}: ${refusal ?? loginFailure(error, timeoutSeconds)}`;
      client.on("error", (error) => fail(new Error(said(error), { cause: error })));
      client.on("close", () => fail(new Error(`${name}: the host closed the connection during the login`)));
      client.on("ready", () => {
        signal?.removeEventListener("abort", abort);
        client.removeAllListeners("error");
        client.removeAllListeners("close");
        const again = () => SshSession.connect(access, { timeoutSeconds });
        resolve(new SshSession(client, name, proxy, again, seen));
      });
      if (signal?.aborted) return abort();
      signal?.addEventListener("abort", abort);
      try {
        client.connect({ ...config, ...credentials(access) });
      } catch (error) {
        // Its message contains nothing of the key.
        fail(new Error(`${name}: Cannot parse privateKey: ${(error as Error).message}`));
      }
    });
  }

  /** Runs a command line in the login shell. @throws Error when it does not end in time or the connection breaks. */
  async exec(command: string, options: ExecOptions = {}): Promise<ExecResult> {
    const { stdin = "", timeoutSeconds = 60, signal } = options;
    const channel = await this.open(command, signal);
    const stdout = collect(channel);
    const stderr = collect(channel.stderr);
    return new Promise((resolve, reject) => {
      let code = early.get(channel);
      const end = (error?: Error) => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        if (error !== undefined) {
          reject(error);
          channel.close();
        } else if (code === undefined) {
          reject(this.#lost ?? new Error(`${this.name}: the command ended without an exit status`));
        } else resolve({ code, stdout: stdout(), stderr: stderr() });
      };
      const abort = () => end(signal?.reason as Error);
      const timer = setTimeout(
        () => end(new Error(`${this.name}: no answer within ${timeoutSeconds} s from: ${command.slice(0, 80)}`)),
        timeoutSeconds * 1000,
      );
      // An abort while the channel was being opened causes no further event.
      if (signal?.aborted) return abort();
      signal?.addEventListener("abort", abort);
      channel.on("exit", (status: number | null) => (code = status ?? -1));
      channel.on("close", () => end());
      channel.on("error", (error: Error) => end(error));
      channel.end(stdin);
    });
  }

  /** Starts a command and hands over its standard input and output. The caller ends it with `close()`. */
  async open(command: string, signal?: AbortSignal): Promise<ClientChannel> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#free--;
    try {
      signal?.throwIfAborted();
      const channel = await this.#start(command);
      channel.once("close", () => this.#release());
      return channel;
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  async #start(command: string): Promise<ClientChannel> {
    this.#open++;
    try {
      const channel = await this.#request<ClientChannel>((done) =>
        this.client.exec(command, (error, opened: ClientChannel | undefined) => {
          opened?.once("exit", (status: number | null) => early.set(opened, status ?? -1));
          done(error, opened as ClientChannel);
        }),
      );
      channel.once("close", () => this.#open--);
      return channel;
    } catch (error) {
      this.#open--;
      if (!isRefusedChannel(error)) throw error;
      if (this.#open === 0) {
        const refusal = (error as Error).message;
        throw new Error(`${this.name}: sshd lets no command run (${refusal}); see MaxSessions in sshd_config(5)`, {
          cause: error,
        });
      }
      this.#further ??= this.again();
      return (await this.#further).#start(command);
    }
  }

  /** Connects to a unix socket on the host, as the login user (OpenSSH's direct-streamlocal@openssh.com). */
  forwardUnix(path: string): Promise<Duplex> {
    return this.#request<Duplex>((done) => this.client.openssh_forwardOutStreamLocal(path, done));
  }

  /** Connects to an address as the host sees it (RFC 4254, direct-tcpip). */
  forwardTcp(host: string, port: number): Promise<ClientChannel> {
    return this.#request<ClientChannel>((done) => this.client.forwardOut("127.0.0.1", 0, host, port, done));
  }

  /** Ends the connection and with it every command's channel. */
  close(): void {
    this.#lost ??= new Error(`${this.name}: the session was closed`);
    this.client.end();
    // A host that no longer answers would keep the socket, and so this process, alive.
    setTimeout(() => this.client.destroy(), 1000).unref();
    this.proxy?.close();
    // A connection that is still being made is closed as soon as it is there.
    void this.#further?.then((session) => session.close()).catch(() => {});
  }

  #release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }

  /** ssh2 forgets the callbacks of requests that are under way when the connection breaks, and throws once it is gone. */
  #request<T>(send: (done: (error: Error | undefined, channel: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== undefined) return reject(this.#lost);
      const lost = () => reject(this.#lost ?? new Error(`${this.name}: the SSH connection was closed`));
      this.client.once("close", lost);
      send((error, channel) => {
        this.client.removeListener("close", lost);
        if (error) reject(error);
        else resolve(channel);
      });
    });
  }
}

/**
 * The ways to log in, in the order in which OpenSSH would try them.
 * @throws Error saying why the private key cannot be used
 */
function credentials(access: SshLogin): Pick<ConnectConfig, "authHandler"> {
  const { user: username, privateKey, privateKeyPassword, agentSocketPath: agent, password } = access;
  const methods: AnyAuthMethod[] = [];
  if (agent !== undefined) methods.push({ type: "agent", username, agent });
  if (privateKey !== undefined)
    methods.push({ type: "publickey", username, key: parsePrivateKey(privateKey, privateKeyPassword).openSsh });
  if (password !== undefined) methods.push({ type: "password", username, password });
  // ssh2's types require methods of a single kind.
  return { authHandler: methods };
}

/** Whether the host refused a channel but kept the connection: RFC 4254 5.1, SSH_MSG_CHANNEL_OPEN_FAILURE. */
function isRefusedChannel(error: unknown): boolean {
  return typeof (error as { reason?: unknown }).reason === "number";
}

/** Collects a stream's output, up to the limit. */
function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on("data", (chunk: Buffer) => {
    if (size < maxOutput) chunks.push(chunk.subarray(0, maxOutput - size));
    size += chunk.length;
  });
  return () => Buffer.concat(chunks).toString("utf8");
}

import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectSocket, createServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { Server, utils, type AuthContext, type Connection, type ServerChannel, type Session } from "ssh2";
import { generateKeyPair } from "../../cloud/machines/identity";

export interface SshServerOptions {
  /** @default "admin" */
  user?: string;
  /** Accepted besides the private key. @default none: passwords are refused */
  password?: string;
  /** Names of environment variables that a client may set, as sshd's AcceptEnv. @default none */
  acceptEnv?: string[];
  /** Commands at a time over one connection, as sshd's MaxSessions. @default any number */
  maxSessions?: number;
  /** Logins under way at a time; more connections are closed at once, as by sshd's MaxStartups. @default any number */
  maxStartups?: number;
  /** What the login shell runs before every command, as its own files do. @default nothing */
  shellFiles?: string;
  /** Milliseconds before the port answers. @default 0 */
  startAfter?: number;
  /** Port to listen on. @default a free one */
  port?: number;
}

/**
 * An SSH server on 127.0.0.1 that really runs what it is asked to: each command in a `sh -c` of its own with a
 * temporary folder as HOME and working directory, and with a sudo(8) that needs no rights. It serves exec, SFTP inside
 * HOME, forwarded TCP and unix sockets, and counts what it sees. Stop it in an `after` hook: it then ends the commands that
 * still run and removes its folders.
 *
 * ```ts
 * const server = await startSshServer({ acceptEnv: ["GREETING"] });
 * new command.remote.Command("c", { connection: server.connection(), create: "hostname" });
 * expect(server.counts.connections).to.equal(1);
 * await server.stop();
 * ```
 */
export interface SshServer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** HOME of the commands. */
  readonly home: string;
  /** The key that is accepted, in OpenSSH form. */
  readonly privateKey: string;
  /** The current host key as a `.pub` line. */
  hostKey(): string;
  /** Connection arguments of @pulumi/command that work. */
  connection(): { host: string; port: number; user: string; privateKey: string; hostKey: string };
  readonly counts: {
    /** TCP connections so far. */
    connections: number;
    /** TCP connections now. */
    live: number;
    /** The most TCP connections that there were at a time. */
    mostLive: number;
    authFailures: number;
    logins: number;
  };
  /** Commands that were run, in order. */
  readonly commands: string[];
  /** Number of commands that run now. */
  running(): number;
  /** Refuses the key and the password from now on, or accepts them again. */
  refuseLogins(refuse: boolean): void;
  /** New connections see another host key. */
  changeHostKey(): void;
  /** Stops reading and answering on every connection, old and new, while TCP stays up: a host that hangs. */
  freeze(): void;
  /** Cuts every connection. Commands go on, as on a real host. */
  dropConnections(): void;
  stop(): Promise<void>;
}

/** A folder with a `sudo -n` for those who run the tests and may not become root: what runs here needs no root. */
function sudoFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "hardway-sudo-"));
  writeFileSync(path.join(folder, "sudo"), '#!/bin/sh\n[ "$1" = -n ] && shift && exec "$@"\n', { mode: 0o755 });
  return folder;
}

export async function startSshServer(options: SshServerOptions = {}): Promise<SshServer> {
  const { user = "admin", password, acceptEnv = [], shellFiles = "", startAfter = 0 } = options;
  const { maxSessions = Infinity, maxStartups = Infinity } = options;
  const home = mkdtempSync(path.join(tmpdir(), "hardway-ssh-"));
  const programs = sudoFolder();
  const userKey = generateKeyPair("test");
  const acceptedKey = publicBlob(userKey.publicKey);
  const counts = { connections: 0, live: 0, mostLive: 0, authFailures: 0, logins: 0 };
  const commands: string[] = [];
  const children = new Set<ChildProcess>();
  const sockets = new Set<Socket>();
  let hostKey = generateKeyPair("test");
  let refusing = false;
  let frozen = false;
  const loggingIn = new Set<Socket>();

  const authenticate = (context: AuthContext) => {
    const keyIsRight =
      context.method === "publickey" &&
      context.key.data.equals(acceptedKey) &&
      (!context.signature || verify(userKey.publicKey, context.blob as Buffer, context.signature, context.hashAlgo));
    const passwordIsRight = context.method === "password" && password !== undefined && context.password === password;
    if (!refusing && context.username === user && (keyIsRight || passwordIsRight)) return context.accept();
    counts.authFailures++;
    context.reject(password === undefined ? ["publickey"] : ["publickey", "password"]);
  };

  const execute = (channel: ServerChannel, command: string, env: Record<string, string>) => {
    commands.push(command);
    const child = spawn("/bin/sh", ["-c", shellFiles + command], {
      cwd: home,
      env: { PATH: `${programs}:${process.env.PATH}`, HOME: home, USER: user, ...env },
      detached: true,
    });
    children.add(child);
    channel.pipe(child.stdin);
    child.stdin.on("error", () => {}); // the command does not read all of its input
    child.stdout.pipe(channel, { end: false });
    child.stderr.pipe(channel.stderr, { end: false });
    channel.on("error", () => {}); // the client is gone
    child.on("close", (code, signal) => {
      children.delete(child);
      if (signal) channel.exit(signal.replace(/^SIG/, ""));
      else channel.exit(code ?? 0);
      channel.end();
    });
    return child;
  };

  const serveSession = (session: Session) => {
    const env: Record<string, string> = {};
    let child: ChildProcess | undefined;
    session.on("env", (accept, reject, { key, val }: { key: string; val: string }) => {
      // The types say that both are always there; they are only when the client asks for an answer.
      if (!acceptEnv.includes(key)) return (reject as (() => void) | undefined)?.();
      env[key] = val;
      (accept as (() => void) | undefined)?.();
    });
    session.on("exec", (accept, _reject, { command }) => (child = execute(accept(), command, env)));
    // ssh2's server takes no request after the end of input; sshd does, and a command without input has it at once.
    session.on("eof", () => ((session as unknown as { _ending: boolean })._ending = false));
    session.on("signal", (_accept, _reject, { name }) => kill(child, `SIG${name}` as NodeJS.Signals));
  };

  const serveClient = (client: Connection, socket: Socket) => {
    let open = 0;
    client.on("authentication", authenticate);
    client.on("ready", () => {
      counts.logins++;
      loggingIn.delete(socket);
    });
    client.on("session", (accept, reject) => {
      if (open >= maxSessions) return reject();
      open++;
      const session = accept();
      session.on("close", () => open--);
      serveSession(session);
    });
    client.on("tcpip", (accept, reject, { destIP, destPort }) => {
      const target = connectSocket(destPort, destIP);
      target.on("connect", () => {
        const channel = accept();
        channel.on("error", () => target.destroy());
        channel.pipe(target).pipe(channel);
      });
      target.on("error", () => reject());
    });
    client.on("openssh.streamlocal", (accept, reject, { socketPath }) => {
      const target = connectSocket(socketPath);
      target.on("connect", () => {
        const channel = accept();
        channel.on("error", () => target.destroy());
        channel.pipe(target).pipe(channel);
      });
      target.on("error", () => reject());
    });
    client.on("error", () => {}); // cut connections are part of the tests
  };

  const listener = createServer((socket) => {
    counts.connections++;
    counts.live++;
    counts.mostLive = Math.max(counts.mostLive, counts.live);
    sockets.add(socket);
    socket.setNoDelay(true); // as sshd does
    socket.on("error", () => {});
    socket.on("close", () => {
      counts.live--;
      sockets.delete(socket);
      loggingIn.delete(socket);
    });
    if (loggingIn.size >= maxStartups) return socket.end();
    loggingIn.add(socket);
    // A server per connection, so that the host key and the frozen state are those of now.
    if (!frozen)
      new Server({ hostKeys: [hostKey.privateKey] }, (client) => serveClient(client, socket)).injectSocket(socket);
  });
  const listen = (port: number) =>
    new Promise<number>((resolve, reject) => {
      listener.once("error", reject);
      listener.listen(port, "127.0.0.1", () => resolve((listener.address() as AddressInfo).port));
    });
  const port = await listen(options.port ?? 0);
  let late: NodeJS.Timeout | undefined;
  if (startAfter > 0) {
    await new Promise((resolve) => listener.close(resolve));
    late = setTimeout(() => void listen(port), startAfter);
  }

  return {
    host: "127.0.0.1",
    port,
    user,
    home,
    privateKey: userKey.privateKey,
    hostKey: () => hostKey.publicKey,
    connection: () => ({ host: "127.0.0.1", port, user, privateKey: userKey.privateKey, hostKey: hostKey.publicKey }),
    counts,
    commands,
    running: () => children.size,
    refuseLogins: (refuse) => (refusing = refuse),
    changeHostKey: () => (hostKey = generateKeyPair("test")),
    freeze: () => {
      frozen = true;
      for (const socket of sockets) socket.pause().cork();
    },
    dropConnections: () => sockets.forEach((socket) => socket.destroy()),
    stop: async () => {
      clearTimeout(late);
      for (const child of children) kill(child, "SIGKILL");
      const closed = new Promise((resolve) => listener.close(resolve));
      sockets.forEach((socket) => socket.destroy());
      await closed;
      for (const folder of [home, programs]) rmSync(folder, { recursive: true, force: true });
    },
  };
}

function kill(child: ChildProcess | undefined, signal: NodeJS.Signals) {
  if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It ended by itself.
  }
}

function publicBlob(line: string): Buffer {
  const key = utils.parseKey(line);
  if (key instanceof Error) throw key;
  return key.getPublicSSH();
}

function verify(line: string, data: Buffer, signature: Buffer, algorithm: string | undefined): boolean {
  const key = utils.parseKey(line);
  return !(key instanceof Error) && key.verify(data, signature, algorithm) === true;
}

import { createServer, type AddressInfo, type Socket } from "node:net";
import { Server, utils, type Algorithms, type AuthContext, type Connection, type ServerChannel } from "ssh2";
import type { Endpoint } from "../cloud/machines/ports";
import { simulatedFacts } from "./simulatedFacts";

interface SimulatedHostOptions {
  readonly name: string;
  /** Where it listens: a loopback address, and a port or 0 for a free one. */
  readonly endpoint: Endpoint;
  /** PEM text. */
  readonly hostKey: string;
  /** The one key that may log in, one line. */
  readonly authorizedKey: string;
}

/**
 * ssh2 accepts no packet of more than 35000 bytes, the minimum that RFC 4253, 6.1 requires. sshd accepts more, and the longest
 * steps are longer; compressed they fit.
 */
const algorithms: Algorithms = { compress: ["zlib@openssh.com"] };

/**
 * A host as far as the engine sees it: an SSH server in this process that answers each step at once with facts as a real host prints
 * them, and does nothing.
 */
export class SimulatedHost {
  /** So far. */
  logins = 0;
  private readonly sockets = new Set<Socket>();
  private readonly listener = createServer((socket) => this.accept(socket));

  private constructor(private readonly options: SimulatedHostOptions) {}

  static async start(options: SimulatedHostOptions): Promise<SimulatedHost> {
    const host = new SimulatedHost(options);
    const { listener } = host;
    await new Promise<void>((resolve, reject) => {
      listener.once("error", reject);
      listener.listen(options.endpoint.port, options.endpoint.host, resolve);
    });
    return host;
  }

  get port(): number {
    return (this.listener.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.listener.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private accept(socket: Socket): void {
    this.sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.on("close", () => this.sockets.delete(socket));
    new Server({ hostKeys: [this.options.hostKey], algorithms }, (client) => this.serve(client)).injectSocket(socket);
  }

  private serve(client: Connection): void {
    client.on("error", () => undefined);
    client.on("authentication", (context) =>
      this.mayLogIn(context) ? context.accept() : context.reject(["publickey"]),
    );
    client.on("ready", () => (this.logins += 1));
    client.on("session", (accept) => {
      const session = accept();
      // ssh2's server accepts no request after the end of input, unlike sshd; a command without input ends it at once.
      session.on("eof", () => ((session as unknown as { _ending: boolean })._ending = false));
      session.on("exec", (acceptCommand, _reject, { command }) => this.execute(acceptCommand(), command));
    });
  }

  private mayLogIn(context: AuthContext): boolean {
    if (context.method !== "publickey") return false;
    const key = utils.parseKey(this.options.authorizedKey);
    if (key instanceof Error || !context.key.data.equals(key.getPublicSSH())) return false;
    return !context.signature || key.verify(context.blob as Buffer, context.signature, context.hashAlgo) === true;
  }

  private execute(channel: ServerChannel, command: string): void {
    channel.on("error", () => undefined);
    channel.resume();
    const facts = simulatedFacts(this.options.name, command);
    if (facts === undefined) channel.stderr.write("a simulated host knows no such command\n");
    else channel.write(`${JSON.stringify(facts)}\n`);
    channel.exit(facts === undefined ? 127 : 0);
    channel.end();
  }
}

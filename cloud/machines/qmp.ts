import net from "node:net";

/** An answer of QEMU that says no, e.g. `CommandNotFound`. */
export class QmpError extends Error {
  constructor(
    command: string,
    readonly errorClass: string,
    description: string,
  ) {
    super(`QEMU refused ${command}: ${description}`);
  }
}

interface Pending {
  readonly command: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Message {
  readonly QMP?: unknown;
  readonly event?: string;
  readonly id?: number;
  readonly return?: unknown;
  readonly error?: { readonly class: string; readonly desc: string };
}

/** A client of the QEMU Machine Protocol (QEMU's docs/interop/qmp-spec): lines of JSON over a Unix socket. Answers carry our ids. */
export class QmpClient {
  private readonly pending = new Map<number, Pending>();
  private nextId = 1;
  private buffer = "";
  private closed: Error | undefined;
  private greeted: () => void = () => undefined;

  private constructor(
    private readonly socket: net.Socket,
    private readonly path: string,
    private readonly timeoutMs: number,
  ) {
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => this.receive(chunk));
    socket.on("error", (error) => this.fail(error));
    socket.on("close", () => this.fail(new Error(`QEMU closed ${path}.`)));
  }

  /**
   * Connects, waits for QEMU's greeting and leaves negotiation mode.
   * @throws when nothing answers within `timeoutMs`, which is also the limit of every later command.
   */
  static async connect(path: string, timeoutMs = 5_000): Promise<QmpClient> {
    const client = new QmpClient(net.connect({ path }), path, timeoutMs);
    try {
      await client.limited("its greeting", (resolve, reject) => {
        client.greeted = () => resolve(undefined);
        client.pending.set(0, { command: "greeting", resolve, reject });
      });
      client.pending.delete(0);
      await client.execute("qmp_capabilities");
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /** Runs one command on a connection of its own. */
  static async executeOnce(path: string, command: string): Promise<unknown> {
    const client = await QmpClient.connect(path);
    try {
      return await client.execute(command);
    } finally {
      client.close();
    }
  }

  /**
   * Runs one command and gives its `return` value.
   * @throws QmpError when QEMU refuses it; Error when the connection ends or the time is over.
   */
  execute(command: string, args: Record<string, unknown> = {}): Promise<unknown> {
    const id = this.nextId++;
    return this.limited(`an answer to ${command}`, (resolve, reject) => {
      this.pending.set(id, { command, resolve, reject });
      this.socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    }).finally(() => this.pending.delete(id));
  }

  /** Ends the connection; commands under way fail. */
  close(): void {
    this.fail(new Error(`The connection to ${this.path} was closed.`));
    this.socket.destroy();
  }

  private limited(
    what: string,
    start: (resolve: (value: unknown) => void, reject: (error: Error) => void) => void,
  ): Promise<unknown> {
    if (this.closed) return Promise.reject(this.closed);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`QEMU did not send ${what} within ${this.timeoutMs / 1000} s (${this.path}).`)),
        this.timeoutMs,
      );
      start(
        (value) => (clearTimeout(timer), resolve(value)),
        (error) => (clearTimeout(timer), reject(error)),
      );
    });
  }

  private receive(chunk: string): void {
    const lines = (this.buffer + chunk).split("\n");
    this.buffer = lines.pop() ?? "";
    for (const line of lines) if (line.trim()) this.handle(line);
  }

  private handle(line: string): void {
    let message: Message;
    try {
      message = JSON.parse(line) as Message;
    } catch {
      this.fail(new Error(`What answers at ${this.path} does not speak QMP: ${line.slice(0, 80)}`));
      return;
    }
    if (message.QMP) this.greeted();
    const pending = message.id === undefined ? undefined : this.pending.get(message.id);
    // Events (message.event) come at any time; nothing here waits for one.
    if (!pending) return;
    if (message.error) pending.reject(new QmpError(pending.command, message.error.class, message.error.desc));
    else pending.resolve(message.return);
  }

  private fail(error: Error): void {
    this.closed ??= error;
    for (const { reject } of this.pending.values()) reject(this.closed);
    this.pending.clear();
  }
}

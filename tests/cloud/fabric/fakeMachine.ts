import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeFrame, FrameDecoder } from "../../../cloud/fabric/frames";

/** One machine's QEMU as the fabric sees it: a listener that takes one connection after the other. */
export class FakeMachine {
  readonly received: Buffer[] = [];
  readonly connections: net.Socket[] = [];
  private readonly server = net.createServer((socket) => {
    const decoder = new FrameDecoder();
    this.connections.push(socket);
    socket.on("data", (chunk) => this.received.push(...decoder.push(chunk)));
    socket.on("error", () => undefined);
  });

  constructor(readonly socket: string) {
    this.server.listen(socket);
  }

  get current(): net.Socket {
    const connection = this.connections.at(-1);
    if (!connection) throw new Error("not connected");
    return connection;
  }

  /** Sends frames in one write. */
  send(...frames: Buffer[]): void {
    this.current.write(Buffer.concat(frames.map(encodeFrame)));
  }

  close(): void {
    this.server.close();
    for (const connection of this.connections) connection.destroy();
  }
}

/** Waits at most 5 seconds. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let waited = 0; waited < 5_000; waited += 10) {
    if (condition()) return;
    await sleep(10);
  }
  throw new Error(`Waited in vain for ${what}.`);
}

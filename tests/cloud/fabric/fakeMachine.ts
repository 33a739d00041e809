import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { FrameDecoder } from "../../../cloud/fabric/frames";

/** A frame as QEMU sends it: after its length in 4 bytes, big-endian. */
export function encodeFrame(frame: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(frame.length);
  return Buffer.concat([length, frame]);
}

/** Copies of the frames that a chunk completes: a decoder only lends them. */
export function framesOf(decoder: FrameDecoder, chunk: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  decoder.decode(chunk, (bytes, start, end) => frames.push(Buffer.from(bytes.subarray(start, end))));
  return frames;
}

/** One machine's QEMU as the fabric sees it: a listener that takes one connection after the other. */
export class FakeMachine {
  readonly received: Buffer[] = [];
  readonly connections: net.Socket[] = [];
  private readonly server = net.createServer((socket) => {
    const decoder = new FrameDecoder();
    this.connections.push(socket);
    socket.on("data", (chunk) => this.received.push(...framesOf(decoder, chunk)));
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

import net from "node:net";
import { FrameDecoder, lengthBytes, maxFrameBytes, type FrameSink } from "./frames";

/** Bytes that may wait for a slow machine before frames to it are dropped; a few milliseconds of traffic, as in a real switch. */
const maxQueuedBytes = 1 << 20;

/** What is read at a time and what is written at a time: about what a Unix socket holds, and at least one frame. */
const readBytes = 1 << 17;
const batchBytes = Math.max(1 << 17, lengthBytes + maxFrameBytes);
/** Batches that are kept for the next use. */
const spareBatches = 2;

const firstRetryMs = 50;
const lastRetryMs = 1_000;

/** The connection to one machine's card: QEMU listens on a Unix socket, and the fabric comes back whenever that is possible. */
export class PortConnection {
  private socket: net.Socket | undefined;
  private retryMs = firstRetryMs;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  /** Frames that go out together when the event that brought them is over. */
  private batch: Buffer | undefined;
  private batched = 0;
  private readonly spare: Buffer[] = [];
  connected = false;

  /** `onFrame` must be done with the bytes when it returns: the next read overwrites them. */
  constructor(
    readonly path: string,
    private readonly onFrame: FrameSink,
  ) {
    this.connect();
  }

  /** Sends the frame from `start` to `end`, or says why it cannot be sent now. */
  send(bytes: Buffer, start = 0, end = bytes.length): "disconnected" | "queue-full" | undefined {
    if (!this.socket || !this.connected) return "disconnected";
    if (this.socket.writableLength + this.batched > maxQueuedBytes) return "queue-full";
    const length = end - start;
    if (this.batch && this.batched + lengthBytes + length > this.batch.length) this.flush();
    if (!this.batch) {
      this.batch = this.spare.pop() ?? Buffer.allocUnsafeSlow(batchBytes);
      // Runs before the next event: a write per chunk that was read, and no waiting.
      process.nextTick(() => this.flush());
    }
    this.batch.writeUInt32BE(length, this.batched);
    bytes.copy(this.batch, this.batched + lengthBytes, start, end);
    this.batched += lengthBytes + length;
    return undefined;
  }

  close(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.socket?.destroy();
  }

  private flush(): void {
    const { batch, batched } = this;
    if (!batch) return;
    this.batch = undefined;
    this.batched = 0;
    this.socket?.write(batch.subarray(0, batched), () => {
      if (this.spare.length < spareBatches) this.spare.push(batch);
    });
  }

  private connect(): void {
    const decoder = new FrameDecoder();
    const socket: net.Socket = net.connect({
      path: this.path,
      onread: {
        buffer: Buffer.allocUnsafeSlow(readBytes),
        callback: (length, buffer) => {
          try {
            decoder.decode(Buffer.from(buffer.buffer, buffer.byteOffset, length), this.onFrame);
          } catch {
            // Out of step: a new connection starts with a whole frame.
            socket.destroy();
          }
          return true;
        },
      },
    });
    this.socket = socket;
    socket.on("connect", () => {
      this.connected = true;
      this.retryMs = firstRetryMs;
    });
    // A machine that is off is no error; "close" always follows.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.connected = false;
      if (this.stopped) return;
      this.timer = setTimeout(() => this.connect(), this.retryMs);
      this.retryMs = Math.min(this.retryMs * 2, lastRetryMs);
    });
  }
}

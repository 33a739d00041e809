import net from "node:net";
import { encodeFrame, FrameDecoder } from "./frames";

/** Bytes that may wait for a slow machine before frames to it are dropped; a few milliseconds of traffic, as in a real switch. */
const maxQueuedBytes = 1 << 20;

const firstRetryMs = 50;
const lastRetryMs = 1_000;

/** The connection to one machine's card: QEMU listens on a Unix socket, and the fabric comes back whenever that is possible. */
export class PortConnection {
  private socket: net.Socket | undefined;
  private retryMs = firstRetryMs;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  connected = false;

  constructor(
    readonly path: string,
    private readonly onFrame: (frame: Buffer) => void,
  ) {
    this.connect();
  }

  /** Sends a frame, or says why it cannot be sent now. */
  send(frame: Buffer): "disconnected" | "queue-full" | undefined {
    if (!this.socket || !this.connected) return "disconnected";
    if (this.socket.writableLength > maxQueuedBytes) return "queue-full";
    this.socket.write(encodeFrame(frame));
    return undefined;
  }

  close(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.socket?.destroy();
  }

  private connect(): void {
    const socket = net.connect({ path: this.path });
    const decoder = new FrameDecoder();
    this.socket = socket;
    socket.on("connect", () => {
      this.connected = true;
      this.retryMs = firstRetryMs;
    });
    socket.on("data", (chunk) => {
      try {
        for (const frame of decoder.push(chunk)) this.onFrame(frame);
      } catch {
        // Out of step: a new connection starts with a whole frame.
        socket.destroy();
      }
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

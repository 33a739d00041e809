import { once } from "node:events";
import { rm } from "node:fs/promises";
import net from "node:net";
import type { Ec2Settings, InstanceSummary } from "../api/Ec2Api";
import type { FabricStatus } from "../fabric/VpcFabric";
import type { TraceRequest, TraceResult } from "../fabric/trace";

/** An instance with the machine behind it. */
export interface CloudInstance extends InstanceSummary {
  /** Unix socket of its serial console, on which root is logged in. */
  readonly consoleSocket: string;
  /** Its QEMU, while that runs, and since when (ISO 8601). */
  readonly pid?: number;
  readonly startedAt?: string;
}

/** What a running daemon says of itself. */
export interface CloudStatus {
  readonly pid: number;
  readonly version: string;
  readonly url: string;
  /** URL of the mirror of release files, as machines reach it. */
  readonly mirror: string;
  /** How machines run and why, one line. */
  readonly acceleration: string;
  /** Resident memory of the daemon, in MiB. */
  readonly memoryMiB: number;
  readonly uptimeSeconds: number;
  /** Nothing of a user's is left in it. */
  readonly empty: boolean;
  readonly settings: Ec2Settings;
  readonly instances: readonly CloudInstance[];
  /** Folders with the disks of machines that no state knows. */
  readonly lost: readonly string[];
  readonly fabric: FabricStatus;
}

/** What the daemon can be asked: one JSON line `{method, params}` each; the answer is one JSON line. */
export interface ControlMethods {
  status(): CloudStatus | Promise<CloudStatus>;
  trace(request: TraceRequest): TraceResult;
  /** Changes what is given and gives what holds now. */
  settings(change: Partial<Ec2Settings>): Promise<Ec2Settings>;
}

type Request<M extends keyof ControlMethods> = Parameters<ControlMethods[M]>[0];
type Result<M extends keyof ControlMethods> = Awaited<ReturnType<ControlMethods[M]>>;

/** Longest request. */
const maxRequestBytes = 64 * 1024;

/** Serves `methods` on a Unix socket. Its folder keeps others out. */
export async function serveControl(path: string, methods: ControlMethods): Promise<net.Server> {
  const answer = async (line: string): Promise<{ result: unknown } | { error: string }> => {
    try {
      const { method, params } = JSON.parse(line) as { method: string; params: never };
      if (!Object.hasOwn(methods, method))
        return { error: `unknown method ${JSON.stringify(method)}; there are ${Object.keys(methods).join(", ")}` };
      return { result: await methods[method as keyof ControlMethods](params) };
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  };
  const server = net.createServer((socket) => {
    let buffer = "";
    socket.setEncoding("utf8");
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: string) => {
      const lines = (buffer + chunk).split("\n");
      buffer = lines.pop() ?? "";
      if (buffer.length > maxRequestBytes) return socket.destroy();
      for (const line of lines) void answer(line).then((value) => socket.write(`${JSON.stringify(value)}\n`));
    });
  });
  // Left by a daemon that was killed; whoever starts one makes sure that none runs.
  await rm(path, { force: true });
  await once(server.listen(path), "listening");
  return server;
}

/**
 * Asks a running daemon.
 * @throws when none answers within `timeoutMs`, or when it refuses.
 */
export async function callControl<M extends keyof ControlMethods>(
  path: string,
  method: M,
  params?: Request<M>,
  timeoutMs = 10_000,
): Promise<Result<M>> {
  const socket = net.connect({ path });
  try {
    const line = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`The embedded EC2 did not answer within ${timeoutMs / 1000} s.`)),
        timeoutMs,
      );
      let buffer = "";
      socket.setEncoding("utf8");
      socket.on("connect", () => socket.write(`${JSON.stringify({ method, params })}\n`));
      socket.on("error", ({ message }) =>
        reject(new Error(`The embedded EC2 does not answer; it is starting or ending (${message}).`)),
      );
      socket.on("data", (chunk: string) => {
        buffer += chunk;
        const end = buffer.indexOf("\n");
        if (end >= 0) resolve(buffer.slice(0, end));
      });
      socket.on("close", () => {
        clearTimeout(timer);
        reject(new Error("The embedded EC2 closed the connection."));
      });
    });
    const answer = JSON.parse(line) as { result: Result<M> } | { error: string };
    if ("error" in answer) throw new Error(`The embedded EC2 refused ${method}: ${answer.error}`);
    return answer.result;
  } finally {
    socket.destroy();
  }
}

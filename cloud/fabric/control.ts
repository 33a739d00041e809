import { rm } from "node:fs/promises";
import net from "node:net";
import type { FabricStatus } from "./Fabric";

/** Requests to a running fabric, one JSON line each; the answer is one JSON line. */
export interface ControlMethods {
  status(): FabricStatus;
  /** Reads the configuration file again. */
  reload(): FabricStatus | Promise<FabricStatus>;
}

type Answer = { readonly result: FabricStatus } | { readonly error: string };

/** Longest request; there are only two words to say. */
const maxRequestBytes = 4096;

/** Serves `methods` on a Unix socket. Its folder keeps others out. */
export async function serveControl(path: string, methods: ControlMethods): Promise<net.Server> {
  const answer = async (line: string): Promise<Answer> => {
    try {
      const { method } = JSON.parse(line) as { method?: unknown };
      if (method === "status") return { result: methods.status() };
      if (method === "reload") return { result: await methods.reload() };
      return { error: `unknown method ${JSON.stringify(method)}; there are status and reload` };
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
  // Left by a fabric that was killed; whoever starts one makes sure that none runs.
  await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  return server;
}

/**
 * Asks a running fabric.
 * @throws when none answers within `timeoutMs`, or when it refuses.
 */
export async function callFabric(path: string, method: keyof ControlMethods, timeoutMs = 5_000): Promise<FabricStatus> {
  const socket = net.connect({ path });
  try {
    const line = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`The fabric at ${path} did not answer within ${timeoutMs / 1000} s.`)),
        timeoutMs,
      );
      let buffer = "";
      socket.setEncoding("utf8");
      socket.on("connect", () => socket.write(`${JSON.stringify({ method })}\n`));
      socket.on("error", reject);
      socket.on("data", (chunk: string) => {
        buffer += chunk;
        const end = buffer.indexOf("\n");
        if (end >= 0) resolve(buffer.slice(0, end));
      });
      socket.on("close", () => {
        clearTimeout(timer);
        reject(new Error(`The fabric at ${path} closed the connection.`));
      });
    });
    const answer = JSON.parse(line) as Answer;
    if ("error" in answer) throw new Error(`The fabric refused ${method}: ${answer.error}`);
    return answer.result;
  } finally {
    socket.destroy();
  }
}

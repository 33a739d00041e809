import { once } from "node:events";
import { createReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { hostFromGuest } from "../guestNetwork";
import type { Endpoint } from "../machines/ports";

/** The mirror of release files in hardway's cache folder. `hardway artifacts build` fills it, and the daemon serves it. */
export function mirrorDirectory(cacheDirectory: string): string {
  return path.join(cacheDirectory, "artifacts", "mirror");
}

/**
 * Serves the files of a folder to machines, which reach this computer's 127.0.0.1 under another address. Read only: GET and
 * HEAD, with ranges so that a download can go on where it ended. The folder may come and go.
 */
export class MirrorServer {
  private constructor(
    private readonly server: http.Server,
    /** As machines reach it. */
    readonly url: string,
  ) {}

  static async start(directory: string, { host, port }: Endpoint): Promise<MirrorServer> {
    const server = http.createServer((request, response) => {
      void serve(directory, request, response).catch(() => response.destroy());
    });
    await once(server.listen({ host, port, exclusive: true }), "listening");
    return new MirrorServer(server, `http://${hostFromGuest}:${(server.address() as AddressInfo).port}`);
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

async function serve(directory: string, request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const end = (status: number, headers: http.OutgoingHttpHeaders = {}): void =>
    void response.writeHead(status, { "content-length": 0, ...headers }).end();
  if (request.method !== "GET" && request.method !== "HEAD") return end(405, { allow: "GET, HEAD" });
  const file = await findFile(directory, request.url ?? "/");
  if (file === undefined) return end(404);
  const range = parseRange(request.headers.range, file.size);
  if (range === "unsatisfiable") return end(416, { "content-range": `bytes */${file.size}` });
  const { first, last } = range ?? { first: 0, last: file.size - 1 };
  response.writeHead(range ? 206 : 200, {
    "accept-ranges": "bytes",
    "content-length": last - first + 1,
    "content-type": "application/octet-stream",
    ...(range && { "content-range": `bytes ${first}-${last}/${file.size}` }),
  });
  if (request.method === "HEAD" || file.size === 0) return void response.end();
  const stream = createReadStream(file.path, { start: first, end: last });
  stream.on("error", () => response.destroy());
  response.on("close", () => stream.destroy());
  stream.pipe(response);
}

/** The file that a request means; undefined for none, for folders, and for anything that lies outside of the folder, links included. */
async function findFile(directory: string, url: string): Promise<{ path: string; size: number } | undefined> {
  try {
    const root = await realpath(directory);
    const found = await realpath(path.join(root, decodeURIComponent(new URL(url, "http://mirror").pathname)));
    if (!found.startsWith(root + path.sep)) return undefined;
    const stats = await stat(found);
    return stats.isFile() ? { path: found, size: stats.size } : undefined;
  } catch {
    return undefined;
  }
}

/** One range of bytes (RFC 9110, 14.1.2); anything else is answered with the whole file, as a server may. */
function parseRange(
  header: string | undefined,
  size: number,
): { first: number; last: number } | "unsatisfiable" | undefined {
  const found = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (!found || (found[1] === "" && found[2] === "")) return undefined;
  const [from, to] = [found[1]!, found[2]!];
  const first = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  return first >= size || first > last ? "unsatisfiable" : { first, last };
}

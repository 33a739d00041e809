// An HTTP server in a thread of its own, for tests that run a program to its end: `new Worker(file)`, then `fetch` of
// `/__log` gives the requests, and a POST to it forgets them.
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { setTimeout } from "node:timers";
import { URL } from "node:url";
import { parentPort } from "node:worker_threads";

/** Content of every file: 200,000 bytes that depend on nothing but the path's last part. */
function content(name) {
  const block = createHash("sha256").update(name).digest("hex");
  return Buffer.from(block.repeat(3125));
}

let log = [];
const seen = new Map();

const server = createServer((request, response) => {
  const { url = "", method, headers } = request;
  if (url === "/__log") {
    response.end(JSON.stringify(log));
    if (method === "POST") {
      log = [];
      seen.clear();
    }
    return;
  }
  log.push({ url, range: headers.range ?? null });
  // A proxy is asked for whole addresses.
  const path = new URL(url, "http://here").pathname;
  const [, behaviour, name = ""] = path.split("/");
  const body = content(name);
  const count = (seen.get(path) ?? 0) + 1;
  seen.set(path, count);
  const from = /^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1];
  const ranged = behaviour !== "no-range" && from !== undefined;
  const start = ranged ? Number(from) : 0;
  if (/^\d+$/.test(behaviour)) return void response.writeHead(Number(behaviour)).end("no\n");
  if (behaviour === "busy" && count < 3) return void response.writeHead(503).end("busy\n");
  if (behaviour === "redirect") return void response.writeHead(302, { location: `/good/${name}` }).end();
  if (start >= body.length) return void response.writeHead(416, { "content-range": `bytes */${body.length}` }).end();
  const whole = behaviour === "truncated" ? body.subarray(0, 1000) : body;
  const rest = whole.subarray(start);
  response.writeHead(ranged ? 206 : 200, {
    "content-length": rest.length,
    ...(ranged && { "content-range": `bytes ${start}-${whole.length - 1}/${whole.length}` }),
  });
  // The first transfer ends in the middle; with "dead" every one does, without a byte.
  if (behaviour === "broken" && count === 1)
    return void response.write(rest.subarray(0, 60_000), () => setTimeout(() => response.destroy(), 50));
  if (behaviour === "dead") return (response.flushHeaders(), response.destroy());
  if (behaviour === "still") return void response.write(rest.subarray(0, 100));
  response.end(rest);
});
server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));

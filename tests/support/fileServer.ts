import { join } from "node:path";
import { Worker } from "node:worker_threads";

/** Runs fileServer.mjs for the tests of a `describe`. @returns what tells its port, once they run */
export function useFileServer(): () => number {
  let server: Worker;
  let port: number;
  before(async () => {
    server = new Worker(join(__dirname, "fileServer.mjs"));
    port = await new Promise<number>((resolve) => server.once("message", resolve));
  });
  after(() => server.terminate());
  return () => port;
}

/**
 * The daemon's process: `main.ts DIRECTORY CACHE_DIRECTORY ENDPOINT MIRROR_ENDPOINT`, endpoints as HOST:PORT. It serves until
 * SIGTERM. Machines outlive it.
 */
import { rm } from "node:fs/promises";
import { version } from "../../package.json";
import type { Endpoint } from "../machines/ports";
import { writePidFile } from "../machines/processes";
import { Daemon } from "./Daemon";
import { refuseSecondDaemon } from "./daemonProcess";
import { cloudFiles } from "./files";

async function main(
  directory: string,
  cacheDirectory: string,
  endpoint: Endpoint,
  mirrorEndpoint: Endpoint,
): Promise<void> {
  const files = cloudFiles(directory);
  const log = (line: string): void => console.log(`${new Date().toISOString()} ${line}`);
  process.on("unhandledRejection", (error) =>
    log(`unhandled: ${error instanceof Error ? error.stack : String(error)}`),
  );
  await refuseSecondDaemon(files);
  await writePidFile(files.pid, process.pid);
  const daemon = await Daemon.start({ files, cacheDirectory, endpoint, mirrorEndpoint, version, log });
  const stop = (): void => {
    log("ending");
    void daemon
      .close()
      .then(() => rm(files.pid, { force: true }))
      .then(() => process.exit(0));
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

function toEndpoint(text: string): Endpoint {
  const [host = "", port] = text.split(":");
  return { host, port: Number(port) };
}

const [directory, cacheDirectory, endpoint, mirrorEndpoint] = process.argv.slice(2);
if (!directory || !cacheDirectory || !endpoint || !mirrorEndpoint)
  throw new Error("Usage: main.ts DIRECTORY CACHE_DIRECTORY ENDPOINT MIRROR_ENDPOINT");
main(directory, cacheDirectory, toEndpoint(endpoint), toEndpoint(mirrorEndpoint)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});

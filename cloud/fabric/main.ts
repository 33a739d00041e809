/** The fabric's process: `main.ts CONFIG CONTROL_SOCKET PID_FILE`. It serves until SIGTERM and listens on nothing but a Unix socket. */
import { readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { serveControl } from "./control";
import { Fabric, type FabricConfig } from "./Fabric";

async function main(configFile: string, controlSocket: string, pidFile: string): Promise<void> {
  const fabric = new Fabric();
  const reload = () => {
    fabric.configure(JSON.parse(readFileSync(configFile, "utf8")) as FabricConfig);
    return fabric.status();
  };
  reload();
  await writeFile(pidFile, `${process.pid}\n`, { mode: 0o600 });
  const server = await serveControl(controlSocket, { status: () => fabric.status(), reload });
  const stop = (): void => {
    server.close();
    fabric.close();
    void rm(pidFile, { force: true }).then(() => process.exit(0));
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

const [configFile, controlSocket, pidFile] = process.argv.slice(2);
if (!configFile || !controlSocket || !pidFile) {
  throw new Error("Usage: main.ts CONFIG CONTROL_SOCKET PID_FILE");
}
void main(configFile, controlSocket, pidFile);

import { spawn } from "node:child_process";
import { open, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { writeFileAtomically, type LabFiles } from "../machines/files";
import { findProcess, killProcess, waitForExit, type OwnProcess } from "../machines/processes";
import { callFabric } from "./control";
import type { FabricConfig, FabricStatus } from "./Fabric";

/** Starting means loading Node and compiling; on a busy computer that takes a while. */
const startTimeLimitMs = 60_000;

/** The fabric of one lab as seen from the outside: a process that survives the command that started it. */
export class FabricProcess {
  constructor(private readonly files: LabFiles["fabric"]) {}

  /** The process, if it runs. */
  find(): Promise<OwnProcess | undefined> {
    return findProcess(this.files.pid, this.files.config);
  }

  /** What the running fabric says of itself. */
  status(): Promise<FabricStatus> {
    return callFabric(this.files.control, "status");
  }

  /** Makes it run with this configuration. Gives true when something had to be changed. */
  async ensure(config: FabricConfig): Promise<boolean> {
    const text = `${JSON.stringify(config, null, 2)}\n`;
    const same = (await readFile(this.files.config, "utf8").catch(() => "")) === text;
    if (!same) await writeFileAtomically(this.files.config, text);
    if (await this.find()) {
      const answers = await callFabric(this.files.control, same ? "status" : "reload").then(
        () => true,
        () => false,
      );
      if (answers) return !same;
      // It hangs. Machines do not notice a new one.
      await killProcess(() => this.find());
    }
    await this.start();
    return true;
  }

  async stop(): Promise<void> {
    const found = await this.find();
    if (found) {
      process.kill(found.pid, "SIGTERM");
      if (!(await waitForExit(() => this.find(), 5_000))) await killProcess(() => this.find());
    }
    await Promise.all([this.files.pid, this.files.control].map((file) => rm(file, { force: true })));
  }

  private async start(): Promise<void> {
    const log = await open(this.files.log, "w", 0o600);
    let ended: string | undefined;
    try {
      const loader = pathToFileURL(require.resolve("tsx")).href;
      const main = path.join(__dirname, "main.ts");
      const args = ["--import", loader, main, this.files.config, this.files.control, this.files.pid];
      const child = spawn(process.execPath, args, { cwd: "/", detached: true, stdio: ["ignore", log.fd, log.fd] });
      child.on("error", (error) => (ended = error.message));
      child.on("exit", (code, signal) => (ended = `it ended with ${signal ?? `status ${code}`}`));
      child.unref();
    } finally {
      await log.close();
    }
    const deadline = Date.now() + startTimeLimitMs;
    for (;;) {
      const answers = await callFabric(this.files.control, "status").then(
        () => true,
        () => false,
      );
      if (answers) return;
      if (ended !== undefined || Date.now() > deadline) break;
      await sleep(50);
    }
    const output = (await readFile(this.files.log, "utf8").catch(() => "")).trim().split("\n").slice(-10).join("\n");
    throw new Error(
      `The lab network could not be started: ${ended ?? "it does not answer"} (log: ${this.files.log}).\n${output}`,
    );
  }
}

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { version } from "../../package.json";
import type { AccessKey, Ec2Settings } from "../api/Ec2Api";
import type { TraceRequest, TraceResult } from "../fabric/trace";
import { ensureBaseDisk } from "../images/baseDisk";
import { withLock } from "../lock";
import { Machine, runningMachines } from "../machines/Machine";
import { portProblem, type Endpoint } from "../machines/ports";
import { killProcess, waitForExit, type OwnProcess } from "../machines/processes";
import type { OnProgress } from "../progress";
import { readAccessKey } from "./accessKey";
import { callControl, type CloudStatus } from "./control";
import { findDaemon } from "./daemonProcess";
import { cloudFiles, type CloudFiles } from "./files";
import { freeEndpoint } from "./freeEndpoint";

/** Where the embedded EC2 listens, unless somebody else does there. Port 4566 is what AWS emulators use. */
export const defaultEndpoint: Endpoint = { host: "127.77.0.1", port: 4566 };
/** Where the mirror of release files is served: machines on QEMU's user network reach 127.0.0.1 and no other address of loopback. */
const defaultMirrorEndpoint: Endpoint = { host: "127.0.0.1", port: 4600 };

/** Starting means loading Node and compiling, and shutting down machines that belong to nobody; on a busy computer that takes a while. */
const startTimeLimitMs = 180_000;
const stopTimeLimitMs = 10_000;
/** How often a start may lose its ports to another one that starts at the same moment. */
const maxStarts = 3;
/** How long to wait for another command that starts or stops it; it may be building the base disk. */
const lockWaitMs = 30 * 60_000;
/** An older log is kept once when it has grown larger than this, in bytes. */
const maxLogBytes = 4 << 20;

interface CloudOptions {
  /** Everything of the embedded EC2 of this user. */
  readonly directory: string;
  /** Shared with other parts of hardway: base disks. */
  readonly cacheDirectory: string;
}

interface EnsureOptions {
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

/** An embedded EC2 that runs. */
export interface EnsuredCloud {
  readonly started: boolean;
  readonly status: CloudStatus;
  /** What requests to its API are signed with: never for a log. */
  readonly accessKey: AccessKey;
}

/** The embedded EC2 as seen from the outside: a process that survives the command that started it. */
export class CloudProcess {
  private readonly files: CloudFiles;

  constructor(private readonly options: CloudOptions) {
    this.files = cloudFiles(options.directory);
  }

  get logFile(): string {
    return this.files.log;
  }

  /** The process, if it runs. */
  find(): Promise<OwnProcess | undefined> {
    return findDaemon(this.files);
  }

  /** What it says of itself; undefined when it does not run. */
  async status(): Promise<CloudStatus | undefined> {
    return (await this.find()) ? callControl(this.files.control, "status") : undefined;
  }

  /** Whether machines run, which they do without it too. */
  async hasMachines(): Promise<boolean> {
    const { instances } = this.files;
    if (runningMachines(instances).length > 0) return true;
    const ids = await readdir(instances).catch(() => []);
    const found = await Promise.all(ids.map((id) => new Machine(path.join(instances, id)).find()));
    return found.some(Boolean);
  }

  /** @throws when it does not run. */
  trace(request: TraceRequest): Promise<TraceResult> {
    return callControl(this.files.control, "trace", request);
  }

  /** Sets what is given, e.g. quotas. @throws when it does not run. */
  settings(change: Partial<Ec2Settings>): Promise<Ec2Settings> {
    return callControl(this.files.control, "settings", change);
  }

  /** Makes it run. A daemon of another version is replaced; machines do not notice. */
  async ensure({ onProgress, signal }: EnsureOptions = {}): Promise<EnsuredCloud> {
    const { directory, cacheDirectory } = this.options;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await chmod(directory, 0o700);
    return this.locked({ onProgress, signal }, async () => {
      const running = await this.status().catch(() => undefined);
      const accessKey = await readAccessKey(this.files.accessKey);
      // One whose key cannot be read makes a new one at its start.
      if (running?.version === version && accessKey) return { started: false, status: running, accessKey };
      await this.end();
      await ensureBaseDisk({ cacheDirectory, ...(onProgress && { onProgress }), ...(signal && { signal }) });
      onProgress?.({ text: "starting the embedded EC2" });
      const status = await this.start();
      const made = await readAccessKey(this.files.accessKey);
      if (made === undefined) throw new Error(`The access key of the embedded EC2 is not in ${this.files.accessKey}.`);
      return { started: true, status, accessKey: made };
    });
  }

  private async start(): Promise<CloudStatus> {
    for (let tries = 1; ; tries += 1) {
      const endpoint = await freeEndpoint(this.files.endpoint, defaultEndpoint);
      const mirror = await freeEndpoint(this.files.mirrorEndpoint, defaultMirrorEndpoint);
      const fate = await this.spawn(endpoint, mirror);
      try {
        return await this.answer(fate);
      } catch (error) {
        // Another one that starts at this moment may have found the same ports free, and was first.
        const lost = fate.ended !== undefined && ((await portProblem(endpoint)) ?? (await portProblem(mirror)));
        if (!lost || tries === maxStarts) throw error;
      }
    }
  }

  /** Ends the daemon. Machines that run go on. */
  async stop(): Promise<boolean> {
    if (!existsSync(this.options.directory)) return false;
    return this.locked({}, () => this.end());
  }

  /**
   * Ends the daemon and removes everything of it, when nothing of a user's is left in it. Gives false, and does nothing, when there
   * is, and when it does not run and so cannot say. Disks of machines that no state knows stay unless `withLost` is set.
   */
  async removeIfEmpty({ withLost }: { readonly withLost: boolean }): Promise<boolean> {
    const { directory, lost, bases } = this.files;
    if (!existsSync(directory)) return true;
    return this.locked({}, async () => {
      if (!(await this.status())?.empty || (await this.hasMachines())) return false;
      await this.end();
      const stays = withLost || !existsSync(lost) ? [] : [lost, bases];
      for (const name of await readdir(directory)) {
        const file = path.join(directory, name);
        if (!stays.includes(file)) await rm(file, { recursive: true, force: true });
      }
      if (stays.length === 0) await rm(directory, { recursive: true, force: true });
      return true;
    });
  }

  private async end(): Promise<boolean> {
    const found = await this.find();
    if (found) {
      process.kill(found.pid, "SIGTERM");
      if (!(await waitForExit(found, stopTimeLimitMs))) await killProcess(() => this.find());
    }
    await Promise.all([this.files.pid, this.files.control].map((file) => rm(file, { force: true })));
    return found !== undefined;
  }

  /** Gives an object that says why it ended, once it has. */
  private async spawn(...endpoints: readonly [api: Endpoint, mirror: Endpoint]): Promise<{ ended?: string }> {
    const fate: { ended?: string } = {};
    const { log, directory } = this.files;
    const size = await stat(log).then(
      (found) => found.size,
      () => 0,
    );
    if (size > maxLogBytes) await rename(log, `${log}.1`);
    const output = await open(log, "a", 0o600);
    try {
      const loader = path.join(__dirname, "../../loader/typescript.cjs");
      const args = ["--require", loader, path.join(__dirname, "main.ts"), directory, this.options.cacheDirectory];
      const child = spawn(process.execPath, [...args, ...endpoints.map(({ host, port }) => `${host}:${port}`)], {
        cwd: "/",
        detached: true,
        stdio: ["ignore", output.fd, output.fd],
      });
      child.on("error", (error) => (fate.ended = error.message));
      child.on("exit", (code, signal) => (fate.ended = `it ended with ${signal ?? `status ${code}`}`));
      child.unref();
    } finally {
      await output.close();
    }
    return fate;
  }

  private async answer(fate: { readonly ended?: string }): Promise<CloudStatus> {
    const deadline = Date.now() + startTimeLimitMs;
    for (;;) {
      const status = await this.status().catch(() => undefined);
      if (status) return status;
      if (fate.ended !== undefined || Date.now() > deadline) break;
      await sleep(100);
    }
    const output = (await readFile(this.files.log, "utf8").catch(() => "")).trim().split("\n").slice(-10).join("\n");
    throw new Error(
      `The embedded EC2 could not be started: ${fate.ended ?? "it does not answer"} (log: ${this.files.log}).\n${output}`,
    );
  }

  private locked<T>(
    { onProgress, signal }: { onProgress?: OnProgress | undefined; signal?: AbortSignal | undefined },
    body: () => Promise<T>,
  ): Promise<T> {
    const onWait = (): void => onProgress?.({ text: "waiting for another command that starts or stops it" });
    return withLock(this.files.lock, { waitMs: lockWaitMs, onWait, ...(signal && { signal }) }, body);
  }
}

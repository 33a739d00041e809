import { execFile, spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EC2Client } from "@aws-sdk/client-ec2";
import { ec2Client } from "../../cli/engine/ec2Client";
import { embeddedEc2 } from "../../cli/lab/cloud";
import { backendLocks } from "../../cli/engine/backendLocks";
import { cacheDirectory } from "../../cli/paths";
import { SshSession, type ExecResult } from "../../cli/ssh/session";
import type { Check, CheckArea } from "../../cli/verify/types";
import { CloudProcess } from "../../cloud/daemon/CloudProcess";
import { cloudFiles, type CloudFiles } from "../../cloud/daemon/files";
import { Machine } from "../../cloud/machines/Machine";
import type { NetworkFacts } from "../../components/AwsHosts";

export const repository = join(__dirname, "../..");

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What `up --json` tells, as far as tests ask. */
export interface Up {
  readonly changed: boolean;
  readonly outputs: { readonly network: NetworkFacts } & Readonly<Record<string, unknown>>;
  /** Null where there was none. */
  readonly verification: readonly Check[] | null;
}

/** What `repair --json` tells, as far as tests ask. */
export interface Repaired {
  readonly steps: readonly { readonly host: string; readonly step: string }[];
  readonly stack: readonly string[];
  readonly unreachable: readonly string[];
  readonly failure: string | null;
  readonly verification: readonly Check[];
}

/** A command that is under way. */
interface Started {
  readonly pid: number;
  /** What it has printed. */
  readonly output: () => string;
  readonly interrupt: () => void;
  /** Ends one that leaves Ctrl-C to a program of its own. */
  readonly end: () => void;
  readonly done: Promise<Result>;
}

interface InventoryHost {
  readonly name: string;
  readonly address: string;
  readonly ssh: { host: string; port: number; user: string; privateKeyFile: string; hostKey: string };
}

/** The state folders that are there. */
const open = new Set<TestState>();

// mocha runs no hooks then, and would wait for the test that is under way.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
// A worker of mocha's exits too when the main process is gone, which may be the only one that got the signal.
process.once("exit", () => {
  for (const state of open) state.removeNow();
});

/** A state folder of its own for the labs of a test; the cache is the user's. */
export class TestState {
  // Short, because unix sockets live below it and their paths have at most 107 bytes.
  readonly directory = mkdtempSync(join(tmpdir(), "hw-"));
  readonly env: NodeJS.ProcessEnv;
  /** The checkout whose `./hardway` is run; a test that writes stack files sets one of its own, see `copyCheckout`. */
  checkout = repository;

  constructor(readonly lab: string) {
    this.env = { ...process.env, HARDWAY_STATE_DIR: this.directory, NO_COLOR: "1" };
    // The developer's own backend, login or stack are none of the test's business.
    for (const name of Object.keys(this.env)) if (/^PULUMI_/.test(name)) delete this.env[name];
    delete this.env["HARDWAY_INVENTORY"];
    open.add(this);
  }

  /** The embedded EC2 of this state folder. */
  get cloud(): CloudProcess {
    return new CloudProcess({ directory: this.cloudFiles.directory, cacheDirectory: cacheDirectory() });
  }

  get cloudFiles(): CloudFiles {
    return cloudFiles(join(this.directory, "cloud"));
  }

  get labDirectory(): string {
    return join(this.directory, "labs", this.lab);
  }

  /** Runs `./hardway` to its end. */
  hardway(...args: string[]): Promise<Result> {
    return this.run(join(this.checkout, "hardway"), [...args.slice(0, 1), "--lab", this.lab, ...args.slice(1)]);
  }

  /** Starts `./hardway` and leaves it running; `done` resolves when it has ended. */
  start(...args: string[]): Started {
    const child = spawn(join(this.checkout, "hardway"), [...args.slice(0, 1), "--lab", this.lab, ...args.slice(1)], {
      env: this.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const done = new Promise<Result>((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
    const send = (signal: NodeJS.Signals) => () => void child.kill(signal);
    return {
      pid: child.pid ?? 0,
      output: () => stdout + stderr,
      interrupt: send("SIGINT"),
      end: send("SIGTERM"),
      done,
    };
  }

  /** A shell in which `eval "$(./hardway env)"` was done. */
  shell(script: string, cwd = this.checkout): Promise<Result> {
    const env = `eval "$('${join(this.checkout, "hardway")}' env --lab '${this.lab}')"`;
    return this.run("sh", ["-euc", `${env}\n${script}`], cwd);
  }

  /** @param more added to the environment */
  run(command: string, args: string[], cwd = repository, more: NodeJS.ProcessEnv = {}): Promise<Result> {
    return new Promise((resolve) => {
      const options = { cwd, env: { ...this.env, ...more }, maxBuffer: 64 << 20, timeout: 25 * 60_000 };
      const child = execFile(command, args, options, (_error, stdout, stderr) =>
        resolve({ code: child.exitCode, stdout, stderr }),
      );
      child.stdin?.end();
    });
  }

  /** A copy of the checkout, as a user's own: its stack files may be changed. Gives its folder. */
  async copyCheckout(): Promise<string> {
    const folder = join(this.directory, "copy");
    const { stdout } = await this.run("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    for (const file of stdout.split("\0").filter((name) => name !== "" && existsSync(join(repository, name)))) {
      // ./hardway installs packages anew where the list of them looks newer than what is installed.
      cpSync(join(repository, file), join(folder, file), { preserveTimestamps: true });
    }
    symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
    return folder;
  }

  /** Works with the embedded EC2's API. */
  async withApi<T>(action: (client: EC2Client) => Promise<T>): Promise<T> {
    const client = ec2Client(embeddedEc2(await this.cloud.ensure()));
    try {
      return await action(client);
    } finally {
      client.destroy();
    }
  }

  /** @param areas what is checked, everything by default */
  async verify(...areas: CheckArea[]): Promise<{ code: number | null; checks: Check[] }> {
    const { code, stdout } = await this.hardway("verify", "--json", ...areas.flatMap((area) => ["--area", area]));
    return { code, checks: JSON.parse(stdout) as Check[] };
  }

  /** Command lines of living processes that belong to this state folder: by argument, or by working directory. */
  processes(): string[] {
    const pids = this.#pids((pid) => this.#isAt(pid));
    return pids.map((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim());
  }

  #pids(belongs: (pid: number) => boolean): number[] {
    return readdirSync("/proc")
      .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
      .map(Number)
      .filter((pid) => {
        try {
          return belongs(pid);
        } catch {
          return false; // it has ended in the meantime
        }
      });
  }

  #isAt(pid: number): boolean {
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    return commandLine.includes(this.directory) || readlinkSync(`/proc/${pid}/cwd`).startsWith(this.directory);
  }

  /** A command under way has the folder in its environment only, and may be about to start others. */
  #wasStartedFor(pid: number): boolean {
    if (this.#isAt(pid)) return true;
    const variables = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    return variables.includes(`HARDWAY_STATE_DIR=${this.directory}`);
  }

  /** The engine that changes the lab's stack. */
  enginePid(): number {
    const [lock] = backendLocks(`file://${this.directory}/backend`, "hardway", this.lab);
    if (lock === undefined) throw new Error(`No engine changes the stack of ${this.lab}`);
    return lock.pid;
  }

  /** The lab's hosts as `up` has noted them. */
  inventory(): InventoryHost[] {
    const text = readFileSync(join(this.labDirectory, "inventory.json"), "utf8");
    return (JSON.parse(text) as { hosts: InventoryHost[] }).hosts;
  }

  /** The connection to a host of the lab. */
  connection(name: string): InventoryHost["ssh"] & { privateKey: string } {
    const host = this.inventory().find((candidate) => candidate.name === name);
    if (host === undefined) throw new Error(`${name} is not in the inventory`);
    return { ...host.ssh, privateKey: readFileSync(join(this.labDirectory, host.ssh.privateKeyFile), "utf8") };
  }

  /** Runs a script as root on a host of the lab; it has to succeed. Gives what it prints. */
  async asRoot(name: string, script: string): Promise<string> {
    const { code, stdout, stderr } = await this.runAsRoot(name, script);
    if (code !== 0) throw new Error(`${name}: ${script}: exit status ${code}: ${stderr}`);
    return stdout;
  }

  /** The id that a host's kernel makes at each boot. */
  async bootId(name: string): Promise<string> {
    return (await this.asRoot(name, "cat /proc/sys/kernel/random/boot_id")).trimEnd();
  }

  /** Like `asRoot`, however it ends. @param timeoutSeconds bound on this side */
  async runAsRoot(name: string, script: string, timeoutSeconds = 120): Promise<ExecResult> {
    // A machine that boots, and starts its pods, may take long over a login.
    const session = await SshSession.connect(this.connection(name), { timeoutSeconds: 120 });
    try {
      return await session.exec("sudo -n sh -s", { stdin: script, timeoutSeconds });
    } finally {
      session.close();
    }
  }

  /** Ends every process of this state folder, at once, with those that they start meanwhile. */
  kill(): void {
    const living = () => this.#pids((pid) => this.#wasStartedFor(pid));
    for (let pids = living(), round = 0; pids.length > 0 && round < 100; pids = living(), round++) {
      for (const pid of pids) {
        try {
          process.kill(pid, "SIGKILL");
        } catch {
          // it has ended in the meantime
        }
      }
      // 20 ms, and without a promise, because this process may be on its way out.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }

  /** Takes everything away that a test may have left, also a failed one. */
  async remove(): Promise<void> {
    const { instances } = this.cloudFiles;
    for (const id of existsSync(instances) ? readdirSync(instances) : [])
      await new Machine(join(instances, id)).remove();
    await this.cloud.stop();
    this.removeNow();
  }

  /** The same at once, and whatever is under way. */
  removeNow(): void {
    this.kill();
    // Processes that were just killed may still write.
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    open.delete(this);
  }
}

/** The rows of a verification that are not ok, as text for an assertion. */
export function failures(checks: readonly Check[]): string[] {
  return checks
    .filter((check) => !check.ok)
    .map(({ host, area, check, expected, observed }) => `${host} ${area} ${check}: ${expected} != ${observed}`);
}

import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Check } from "../../cli/verify/types";

export const repository = join(__dirname, "../..");

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A state folder of its own for the labs of a test; the cache is the user's. */
export class TestState {
  // Short, because unix sockets live below it and their paths have at most 107 bytes.
  readonly directory = mkdtempSync(join(tmpdir(), "hw-"));
  readonly env: NodeJS.ProcessEnv;

  constructor(readonly lab: string) {
    this.env = { ...process.env, HARDWAY_STATE_DIR: this.directory, NO_COLOR: "1" };
    // The developer's own backend, login or stack are none of the test's business.
    for (const name of Object.keys(this.env)) if (/^PULUMI_/.test(name)) delete this.env[name];
    delete this.env["HARDWAY_INVENTORY"];
  }

  get labDirectory(): string {
    return join(this.directory, "labs", this.lab);
  }

  /** Runs `./hardway` to its end. */
  hardway(...args: string[]): Promise<Result> {
    return this.run(join(repository, "hardway"), [...args.slice(0, 1), "--lab", this.lab, ...args.slice(1)]);
  }

  /** Starts `./hardway` and leaves it running; `done` resolves when it has ended. */
  start(...args: string[]): { pid: number; output: () => string; interrupt: () => void; done: Promise<Result> } {
    const child = spawn(join(repository, "hardway"), [...args.slice(0, 1), "--lab", this.lab, ...args.slice(1)], {
      env: this.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const done = new Promise<Result>((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
    return { pid: child.pid ?? 0, output: () => stdout + stderr, interrupt: () => void child.kill("SIGINT"), done };
  }

  /** A shell in which `eval "$(./hardway env)"` was done. */
  shell(script: string, cwd = repository): Promise<Result> {
    const env = `eval "$('${join(repository, "hardway")}' env --lab '${this.lab}')"`;
    return this.run("sh", ["-euc", `${env}\n${script}`], cwd);
  }

  run(command: string, args: string[], cwd = repository): Promise<Result> {
    return new Promise((resolve) => {
      const options = { cwd, env: this.env, maxBuffer: 64 << 20, timeout: 25 * 60_000 };
      const child = execFile(command, args, options, (_error, stdout, stderr) =>
        resolve({ code: child.exitCode, stdout, stderr }),
      );
      child.stdin?.end();
    });
  }

  async verify(): Promise<{ code: number | null; checks: Check[] }> {
    const { code, stdout } = await this.hardway("verify", "--json");
    return { code, checks: JSON.parse(stdout) as Check[] };
  }

  /** Command lines of living processes that belong to this state folder: by argument, or by working directory. */
  processes(): string[] {
    return readdirSync("/proc")
      .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
      .flatMap((pid) => {
        try {
          const commandLine = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
          const cwd = readlinkSync(`/proc/${pid}/cwd`);
          return commandLine.includes(this.directory) || cwd.startsWith(this.directory) ? [commandLine] : [];
        } catch {
          return []; // it has ended in the meantime
        }
      });
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** The rows of a verification that are not ok, as text for an assertion. */
export function failures(checks: readonly Check[]): string[] {
  return checks
    .filter((check) => !check.ok)
    .map(({ host, area, check, expected, observed }) => `${host} ${area} ${check}: ${expected} != ${observed}`);
}

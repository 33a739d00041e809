import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import type { PulumiCommand } from "@pulumi/pulumi/automation";
import * as commandErrors from "@pulumi/pulumi/automation/errors";
import type { Interrupt } from "../interrupt";
import type { PulumiEngine } from "../toolchain/pulumiEngine";

/** How long an engine may take to end after the second signal. */
const killAfterMs = 10_000;

interface EngineCommandOptions {
  readonly engine: PulumiEngine;
  readonly interrupt: Interrupt;
  /** Gets everything that the engine prints, except for plain-text secrets that this process asked for. */
  readonly log: (text: string) => void;
}

/**
 * The Automation API's way to call the engine, replaced in one respect: the engine gets a session of its own. A Ctrl-C
 * on the terminal would otherwise reach it besides our own signal, and two signals make it end at once and leave
 * pending operations behind.
 */
export function engineCommand(options: EngineCommandOptions): EngineCommand {
  const { engine } = options;
  return {
    command: engine.path,
    // A semver.SemVer is wanted; the Automation API uses its text alone.
    version: { toString: () => engine.version, version: engine.version, raw: engine.version },
    run: (args: string[], cwd: string, env: Record<string, string>, onOutput?: Output, onError?: Output) =>
      runEngine(options, args, cwd, env, onOutput, onError),
  } as unknown as EngineCommand;
}

type Output = (text: string) => void;

/** The Automation API's type, and a method that its types leave out. */
export type EngineCommand = PulumiCommand & {
  /** @throws an error of the Automation API when it ends with another status than 0 */
  run(args: string[], cwd: string, env: Readonly<Record<string, string>>): Promise<CommandResult>;
};

/** What the Automation API expects back; it exports no type for it. */
interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

const { createCommandError } = commandErrors as unknown as {
  createCommandError: (result: CommandResult) => Error;
};

function runEngine(
  { engine, interrupt, log }: EngineCommandOptions,
  args: string[],
  cwd: string,
  env: Record<string, string>,
  onOutput?: Output,
  onError?: Output,
): Promise<CommandResult> {
  const showsSecrets = args.includes("--show-secrets");
  return new Promise((resolve, reject) => {
    const child = spawn(engine.path, [...args, "--non-interactive"], {
      cwd,
      env: { ...withoutOptions(process.env), ...env, PULUMI_AUTOMATION_API: "true" },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const tellToEnd = () => void child.kill("SIGINT");
    const killAll = () => {
      if (child.pid !== undefined) killSession(child.pid);
    };
    // However this process ends, the engine must not continue without it.
    process.once("exit", killAll);
    let killTimer: NodeJS.Timeout | undefined;
    const takeBack = interrupt.onHarder(() => {
      tellToEnd();
      killTimer = setTimeout(killAll, killAfterMs);
    });
    if (interrupt.signal.aborted) tellToEnd();
    interrupt.signal.addEventListener("abort", tellToEnd);

    const kept = { stdout: "", stderr: "" };
    const listen = (stream: "stdout" | "stderr", also?: Output) => {
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        kept[stream] += text;
        if (stream === "stderr" || !showsSecrets) log(text);
        also?.(text);
      });
    };
    listen("stdout", onOutput);
    listen("stderr", onError);
    const settle = (code: number, failure?: Error) => {
      clearTimeout(killTimer);
      process.off("exit", killAll);
      takeBack();
      interrupt.signal.removeEventListener("abort", tellToEnd);
      const result = { ...kept, stderr: failure ? failure.message : kept.stderr, code };
      if (code === 0) resolve(result);
      else reject(createCommandError({ ...result, toString: () => describe(result) } as CommandResult));
    };
    child.on("error", (error) => settle(-1, error));
    child.on("close", (code, endedBy) =>
      settle(code ?? -1, endedBy === null ? undefined : new Error(endedText(endedBy))),
    );
  });
}

/**
 * The engine takes each of its flags from a variable as well. Those of the user's are for plain `pulumi`; `hardway env` of another
 * lab is among them, which says where that one's configuration is.
 */
function withoutOptions(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("PULUMI_OPTION_")));
}

function endedText(signal: NodeJS.Signals): string {
  return `Pulumi's engine was ended by ${signal}. Run the same command again: it continues where this run ended.`;
}

function describe({ code, stdout, stderr }: CommandResult): string {
  return `code: ${code}\n stdout: ${stdout}\n stderr: ${stderr}\n`;
}

/** The engine and everything it has started: plugins have process groups of their own but stay in its session. */
function killSession(session: number): void {
  const members =
    process.platform === "linux" ? readdirSync("/proc").filter((name) => sessionOf(name) === session) : [];
  for (const pid of [session, ...members.map(Number)]) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has just ended.
    }
  }
}

/** Field 6 of /proc/PID/stat; see proc_pid_stat(5). */
function sessionOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3]);
  } catch {
    return undefined;
  }
}

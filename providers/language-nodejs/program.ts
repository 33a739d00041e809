import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { constants } from "node:os";
import path from "node:path";
import { RunResponse, type ProgramInfo, type RunRequest } from "@pulumi/pulumi/proto/language_pb";
import { Children } from "../plugin/children";
import { outputPipes } from "../plugin/pipes";
import { splitArguments } from "./arguments";

/** @pulumi/pulumi/cmd/run ends with it when it has shown the error itself, so that nothing more is to be said. */
const bailExitCode = 32;

/** Milliseconds that a cancelled program has to end after SIGINT. */
const grace = 5000;

interface Options {
  /** Whether @pulumi/pulumi registers its own TypeScript compiler. @default true */
  typescript: boolean;
  tsconfig?: string;
  nodeargs: string[];
}

const running = new Children();

/** Ends running programs at once, with all that they started. */
export const killPrograms = () => running.killAll();

/** Asks running programs to end, and ends them when they do not. */
export const interruptPrograms = () => running.endAll("SIGINT", grace);

/**
 * Runs a Pulumi program in a Node process of its own. What it prints is printed by this process too: the engine shows
 * a language host's output as the program's.
 */
export async function runProgram(request: RunRequest, engine: string, cancelled: AbortSignal): Promise<RunResponse> {
  const info = request.getInfo();
  if (!info) throw new Error("the engine sent no program information; it is older than this language host supports");
  const runner = locateRunner(info.getProgramDirectory());
  if (runner === undefined) {
    return new RunResponse().setError(
      `@pulumi/pulumi is not installed for the program in ${info.getProgramDirectory()}. Run npm install there.`,
    );
  }
  const { typescript, tsconfig, nodeargs } = optionsOf(info);

  const pipes = await outputPipes();
  // A group of its own, so that cancelling reaches what the program started.
  const child = spawn(process.execPath, [...nodeargs, runner, ...runnerArguments(request, info, engine)], {
    detached: true,
    stdio: ["ignore", ...pipes.descriptors],
    env: {
      ...process.env,
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toObject(true))),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
      ...(typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
      ...(tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig }),
    },
  });
  pipes.release();
  running.add(child);
  cancelled.addEventListener("abort", interruptPrograms);
  pipes.stdout.pipe(process.stdout, { end: false });
  pipes.stderr.pipe(process.stderr, { end: false });
  const { code, signal } = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(
    (resolve, reject) => {
      child.on("error", reject);
      child.on("exit", (exitCode, exitSignal) => {
        void pipes.ended.then(() => resolve({ code: exitCode, signal: exitSignal }));
      });
    },
  ).finally(() => {
    running.delete(child);
    cancelled.removeEventListener("abort", interruptPrograms);
  });
  // The engine stops listening when it has the answer: everything must be out before.
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write("", done))));

  if (code === 0) return new RunResponse();
  if (code === bailExitCode) return new RunResponse().setBail(true);
  const cause = code === null ? `was ended by signal ${signal}` : `exited with non-zero exit code: ${code}`;
  const hint =
    code === 128 + constants.signals.SIGABRT || signal === "SIGABRT"
      ? ". It may have run out of memory: try nodeargs: --max-old-space-size=4096 in Pulumi.yaml's runtime options."
      : "";
  return new RunResponse().setError(`Program ${cause}${hint}`);
}

function locateRunner(programDirectory: string): string | undefined {
  try {
    return createRequire(path.join(programDirectory, "package.json")).resolve("@pulumi/pulumi/cmd/run");
  } catch {
    return undefined;
  }
}

function runnerArguments(request: RunRequest, info: ProgramInfo, engine: string): string[] {
  const named: Record<string, string> = {
    monitor: request.getMonitorAddress(),
    engine,
    organization: request.getOrganization(),
    project: request.getProject(),
    "root-directory": info.getRootDirectory(),
    stack: request.getStack(),
    pwd: info.getProgramDirectory(),
    parallel: String(request.getParallel()),
  };
  const given = Object.entries(named).filter(([, value]) => value !== "");
  return [
    ...given.flatMap(([name, value]) => [`--${name}`, value]),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    info.getEntryPoint(),
    ...request.getArgsList(),
  ];
}

/** `runtime.options` of Pulumi.yaml. */
function optionsOf(info: ProgramInfo): Options {
  const { typescript = true, tsconfig, nodeargs = "" } = info.getOptions()?.toJavaScript() ?? {};
  if (typeof typescript !== "boolean") throw new Error("Pulumi.yaml: runtime option typescript must be a boolean");
  if (tsconfig !== undefined && typeof tsconfig !== "string") {
    throw new Error("Pulumi.yaml: runtime option tsconfig must be a string");
  }
  if (typeof nodeargs !== "string") throw new Error("Pulumi.yaml: runtime option nodeargs must be a string");
  return { typescript, tsconfig, nodeargs: splitArguments(nodeargs) };
}

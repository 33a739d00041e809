import { constants } from "node:os";
import { RunResponse, type ProgramInfo, type RunRequest } from "@pulumi/pulumi/proto/language_pb";
import { Children } from "../plugin/children";
import { grace, infoOf, optionsOf, sdkModule } from "./node";

/** @pulumi/pulumi/cmd/run ends with it when it has shown the error itself, so that nothing more is to be said. */
const bailExitCode = 32;

const running = new Children("SIGINT", grace);

/** Ends running programs at once, with all that they started. */
export const killPrograms = () => running.killAll();

/** Asks running programs to end, and ends them when they do not. */
export const interruptPrograms = () => running.endAll();

/**
 * Runs a Pulumi program in a Node process of its own. What it prints is printed by this process too: the engine shows
 * a language host's output as the program's.
 */
export async function runProgram(request: RunRequest, engine: string, cancelled: AbortSignal): Promise<RunResponse> {
  const info = infoOf(request);
  const runner = sdkModule("cmd/run", info.getProgramDirectory());
  if (runner === undefined) {
    return new RunResponse().setError(
      `@pulumi/pulumi is not installed for the program in ${info.getProgramDirectory()}. Run npm install there.`,
    );
  }
  const options = optionsOf(info, "Pulumi.yaml");
  const args = [...options.nodeargs, runner, ...runnerArguments(request, info, engine)];
  const program = await running.start(process.execPath, args, {
    stop: cancelled,
    env: {
      ...process.env,
      ...options.env,
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toObject(true))),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    },
  });
  program.stdout.pipe(process.stdout, { end: false });
  program.stderr.pipe(process.stderr, { end: false });
  const { code, signal } = await program.ended;
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

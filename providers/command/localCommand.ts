import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import { Children } from "../plugin/children";
import { outputPipes } from "../plugin/pipes";
import type { Properties } from "../plugin/properties";
import { archiveOf, globAssets } from "./assets";
import { CommandOutput } from "./output";
import { commandLife, previousOutputEnvironment, type CommandOperation, type CommandResourceType } from "./resource";
import { localCommandSchema } from "./schema";

/** Milliseconds that a cancelled command has to end after SIGTERM. */
const grace = 2000;

export const localCommand: CommandResourceType = {
  schema: localCommandSchema,
  computed: (inputs) => [
    "stdout",
    "stderr",
    ...(inputs.assetPaths ? ["assets"] : []),
    ...(inputs.archivePaths ? ["archive"] : []),
  ],
  ...commandLife(runLocal),
};

const running = new Children();

/** Gives a command a pipe to read from, as `outputPipes` does to write to; a signal that ends it is told as status 128 and more. */
const throughPipe = ["/bin/sh", "-c", 'cat | exec "$@"', "sh"];

/** Ends what still runs when the plugin ends. */
export function killLocalCommands() {
  running.killAll();
}

async function runLocal(command: string, inputs: Properties, previous: Properties, operation: CommandOperation) {
  const directory = (inputs.dir as string | undefined) ?? process.cwd();
  const printed = await execute(command, directory, inputs, previous, operation);
  return {
    ...printed,
    ...(inputs.assetPaths ? { assets: await globAssets(directory, inputs.assetPaths as string[]) } : {}),
    ...(inputs.archivePaths
      ? { archive: archiveOf(await globAssets(directory, inputs.archivePaths as string[])) }
      : {}),
  };
}

async function execute(
  command: string,
  directory: string,
  inputs: Properties,
  previous: Properties,
  operation: CommandOperation,
): Promise<{ stdout: string; stderr: string }> {
  const output = new CommandOutput(inputs.logging, operation);
  // Node reports a missing directory as if the program were missing.
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
    throw output.failure(`chdir ${directory}: no such directory`, command);
  }
  const interpreter = (inputs.interpreter ?? []) as string[];
  const words = [...(interpreter.length > 0 ? interpreter : ["/bin/sh", "-c"]), command];
  const stdin = typeof inputs.stdin === "string" && inputs.stdin !== "" ? inputs.stdin : undefined;
  const [program = "", ...args] = stdin === undefined ? words : [...throughPipe, ...words];
  const environment = (inputs.environment ?? {}) as Record<string, string>;
  const pipes = await outputPipes();
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: directory,
      env: { ...process.env, ...environment, ...previousOutputEnvironment(inputs, previous) },
      // A group of its own, so that cancelling reaches what the command started.
      detached: true,
      stdio: [stdin === undefined ? "ignore" : "pipe", ...pipes.descriptors],
    });
    pipes.release();
    running.add(child);
    const stop = () => running.end(child, "SIGTERM", grace);
    const settle = (finish: () => void) => {
      running.delete(child);
      operation.stop.removeEventListener("abort", stop);
      finish();
    };
    if (operation.stop.aborted) stop();
    operation.stop.addEventListener("abort", stop);

    pipes.stdout.on("data", (chunk: Buffer) => output.add("stdout", chunk));
    pipes.stderr.on("data", (chunk: Buffer) => output.add("stderr", chunk));
    child.stdin?.on("error", () => {}); // the command ended without reading all of its input
    child.stdin?.end(stdin);
    child.on("error", (error) => settle(() => reject(output.failure(error.message, command))));
    child.on(
      "exit",
      (code, signal) =>
        void pipes.ended.then(() => {
          const problem = operation.stop.aborted
            ? (operation.stop.reason as Error).message
            : code === 0
              ? undefined
              : code === null
                ? `signal: ${signal}`
                : `exit status ${code}`;
          settle(() => (problem === undefined ? resolve(output.end()) : reject(output.failure(problem, command))));
        }),
    );
  });
}

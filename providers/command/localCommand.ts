import { statSync } from "node:fs";
import { Children } from "../plugin/children";
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

const running = new Children("SIGTERM", grace);

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
  const child = await running.start(program, args, {
    cwd: directory,
    env: { ...process.env, ...environment, ...previousOutputEnvironment(inputs, previous) },
    stdin,
    stop: operation.stop,
  });
  child.stdout.on("data", (chunk: Buffer) => output.add("stdout", chunk));
  child.stderr.on("data", (chunk: Buffer) => output.add("stderr", chunk));
  const { code, signal } = await child.ended.catch((error: Error) => {
    throw output.failure(error.message, command);
  });
  if (operation.stop.aborted) throw output.failure((operation.stop.reason as Error).message, command);
  if (code === null) throw output.failure(`signal: ${signal}`, command);
  if (code !== 0) throw output.failure(`exit status ${code}`, command);
  return output.end();
}

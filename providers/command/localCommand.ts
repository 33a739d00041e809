import { spawn, type ChildProcess } from "node:child_process";
import { statSync } from "node:fs";
import type { Properties } from "../plugin/properties";
import { archiveOf, globAssets } from "./assets";
import { Output } from "./output";
import { commandLife, previousOutputEnvironment, type Operation, type ResourceType } from "./resource";
import { localCommandSchema } from "./schema";

/** Milliseconds that a cancelled command has to end after SIGTERM. */
const grace = 2000;

export const localCommand: ResourceType = {
  schema: localCommandSchema,
  nameInId: true,
  computed: (inputs) => [
    "stdout",
    "stderr",
    ...(inputs.assetPaths ? ["assets"] : []),
    ...(inputs.archivePaths ? ["archive"] : []),
  ],
  ...commandLife(runLocal),
};

const running = new Set<ChildProcess>();

/** Ends what still runs when the plugin ends. */
export function killLocalCommands() {
  for (const child of running) signalGroup(child, "SIGKILL");
}

export async function runLocal(command: string, inputs: Properties, previous: Properties, operation: Operation) {
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

function execute(
  command: string,
  directory: string,
  inputs: Properties,
  previous: Properties,
  operation: Operation,
): Promise<{ stdout: string; stderr: string }> {
  const output = new Output(inputs.logging, operation);
  const interpreter = (inputs.interpreter ?? []) as string[];
  const [program = "/bin/sh", ...args] = interpreter.length > 0 ? interpreter : ["/bin/sh", "-c"];
  return new Promise((resolve, reject) => {
    // Node reports a missing directory as if the program were missing.
    if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
      return reject(output.failure(`chdir ${directory}: no such directory`, command));
    }
    const environment = (inputs.environment ?? {}) as Record<string, string>;
    const child = spawn(program, [...args, command], {
      cwd: directory,
      env: { ...process.env, ...environment, ...previousOutputEnvironment(inputs, previous) },
      // A group of its own, so that cancelling reaches what the command started.
      detached: true,
    });
    running.add(child);
    const stop = () => {
      signalGroup(child, "SIGTERM");
      setTimeout(() => running.has(child) && signalGroup(child, "SIGKILL"), grace).unref();
    };
    const settle = (finish: () => void) => {
      running.delete(child);
      operation.stop.removeEventListener("abort", stop);
      finish();
    };
    if (operation.stop.aborted) stop();
    operation.stop.addEventListener("abort", stop);

    child.stdout.on("data", (chunk: Buffer) => output.add("stdout", chunk));
    child.stderr.on("data", (chunk: Buffer) => output.add("stderr", chunk));
    child.stdin.on("error", () => {}); // the command ended without reading all of its input
    child.stdin.end(typeof inputs.stdin === "string" ? inputs.stdin : undefined);
    child.on("error", (error) => settle(() => reject(output.failure(error.message, command))));
    child.on("close", (code, signal) => {
      const problem = operation.stop.aborted
        ? (operation.stop.reason as Error).message
        : code === 0
          ? undefined
          : code === null
            ? `signal: ${signal}`
            : `exit status ${code}`;
      settle(() => (problem === undefined ? resolve(output.end()) : reject(output.failure(problem, command))));
    });
  });
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals) {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It ended by itself.
  }
}

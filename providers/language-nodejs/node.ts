import { spawn, type ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import type { Socket } from "node:net";
import path from "node:path";
import type { ProgramInfo } from "@pulumi/pulumi/proto/language_pb";
import type { Children } from "../plugin/children";
import { outputPipes } from "../plugin/pipes";
import { splitArguments } from "./arguments";

/** `runtime.options` of Pulumi.yaml, PulumiPlugin.yaml or PulumiPolicy.yaml. */
interface Options {
  /** Environment that tells the SDK whether to register its own TypeScript compiler, and with which settings. */
  env: Record<string, string>;
  /** Arguments of Node.js itself. */
  nodeargs: string[];
}

/** How a process ended. */
interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
}

interface Started {
  readonly child: ChildProcess;
  readonly stdout: Socket;
  readonly stderr: Socket;
  /** Resolves when the process has ended and all that it printed has been read. */
  readonly ended: Promise<Ending>;
}

/**
 * Starts Node.js, in a process group of its own: what ends it then reaches what it started.
 * @param children which it is one of while it runs
 */
export async function startNode(
  children: Children,
  args: readonly string[],
  { cwd, env }: { cwd?: string; env: NodeJS.ProcessEnv },
): Promise<Started> {
  const pipes = await outputPipes();
  const child = spawn(process.execPath, args, { cwd, env, detached: true, stdio: ["ignore", ...pipes.descriptors] });
  pipes.release();
  children.add(child);
  const ended = new Promise<Ending>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      void pipes.ended.then(() => resolve({ code, signal }));
    });
  }).finally(() => children.delete(child));
  return { child, stdout: pipes.stdout, stderr: pipes.stderr, ended };
}

/** The file of a module of @pulumi/pulumi, of the copy that belongs to what is in a directory; undefined without one. */
export function sdkModule(name: string, directory: string): string | undefined {
  try {
    return createRequire(path.join(directory, "package.json")).resolve(`@pulumi/pulumi/${name}`);
  } catch {
    return undefined;
  }
}

/**
 * @param file where the options were read, for errors
 * @throws Error when an option is of another type than Pulumi has for it
 */
export function optionsOf(info: ProgramInfo, file: string): Options {
  const { typescript = true, tsconfig, nodeargs = "" } = info.getOptions()?.toJavaScript() ?? {};
  if (typeof typescript !== "boolean") throw new Error(`${file}: runtime option typescript must be a boolean`);
  if (tsconfig !== undefined && typeof tsconfig !== "string") {
    throw new Error(`${file}: runtime option tsconfig must be a string`);
  }
  if (typeof nodeargs !== "string") throw new Error(`${file}: runtime option nodeargs must be a string`);
  return {
    env: {
      ...(typescript && { PULUMI_NODEJS_TYPESCRIPT: "true" }),
      ...(tsconfig !== undefined && { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig }),
    },
    nodeargs: splitArguments(nodeargs),
  };
}

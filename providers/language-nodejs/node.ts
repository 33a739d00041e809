import { createRequire } from "node:module";
import path from "node:path";
import type { ProgramInfo } from "@pulumi/pulumi/proto/language_pb";
import { splitArguments } from "./arguments";

/** `runtime.options` of Pulumi.yaml, PulumiPlugin.yaml or PulumiPolicy.yaml. */
interface Options {
  /** Environment that tells the SDK whether to register its own TypeScript compiler, and with which settings. */
  env: Record<string, string>;
  /** Arguments of Node.js itself. */
  nodeargs: string[];
}

/** Milliseconds that a process that is not needed any more has to end after SIGINT. */
export const grace = 5000;

/** @throws Error when the engine sent none */
export function infoOf(request: { getInfo(): ProgramInfo | undefined }): ProgramInfo {
  const info = request.getInfo();
  if (!info) throw new Error("the engine sent no program information; it is older than this language host supports");
  return info;
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

import type { ServerWritableStream } from "@grpc/grpc-js";
import { RunPluginResponse, type RunPluginRequest } from "@pulumi/pulumi/proto/language_pb";
import { Children } from "../plugin/children";
import { grace, infoOf, optionsOf, sdkModule } from "./node";

/** The kind of plugin that a policy pack is. */
const analyzer = "analyzer";

type Call = ServerWritableStream<RunPluginRequest, RunPluginResponse>;

const running = new Children("SIGINT", grace);

/** Ends running plugins at once, with all that they started. */
export const killPlugins = () => running.killAll();

/**
 * Runs a plugin or a policy pack in a Node.js process of its own until it ends or the engine cancels the call. The
 * engine reads the plugin's address from what it prints.
 */
export function runPlugin(call: Call) {
  run(call).catch((error: Error) => call.destroy(error));
}

async function run(call: Call) {
  const { request } = call;
  const info = infoOf(request);
  const directory = info.getProgramDirectory();
  const isPolicyPack = request.getKind() === analyzer;
  const runner = sdkModule(isPolicyPack ? "cmd/run-policy-pack" : "cmd/run-plugin", directory);
  if (runner === undefined) {
    throw new Error(`@pulumi/pulumi is not installed for the plugin in ${directory}. Run npm install there.`);
  }
  const options = optionsOf(info, isPolicyPack ? "PulumiPolicy.yaml" : "PulumiPlugin.yaml");
  // The SDK takes a policy pack's directory after the engine's address, and any other plugin's first.
  const words = isPolicyPack ? [...request.getArgsList(), directory] : [directory, ...request.getArgsList()];
  const cancelled = new AbortController();
  call.on("cancelled", () => cancelled.abort());
  const plugin = await running.start(process.execPath, [...options.nodeargs, runner, ...words], {
    stop: cancelled.signal,
    cwd: isPolicyPack ? directory : request.getPwd(),
    env: { ...environmentOf(request), ...options.env },
  });
  plugin.stdout.on("data", (chunk: Buffer) => call.write(new RunPluginResponse().setStdout(chunk)));
  plugin.stderr.on("data", (chunk: Buffer) => call.write(new RunPluginResponse().setStderr(chunk)));
  const { code, signal } = await plugin.ended;
  if (code === null) throw new Error(`the plugin in ${directory} was ended by signal ${signal}`);
  call.write(new RunPluginResponse().setExitcode(code));
  call.end();
}

/** The whole environment that the engine wants the plugin to have; of a name that is there twice, the last. */
function environmentOf(request: RunPluginRequest): Record<string, string> {
  return Object.fromEntries(
    request.getEnvList().map((line) => {
      const end = line.indexOf("=");
      return [line.slice(0, end), line.slice(end + 1)];
    }),
  );
}

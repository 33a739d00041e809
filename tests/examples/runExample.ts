import * as pulumi from "@pulumi/pulumi";
// In this checkout its sources, where this file is copied to a program with the package the package.
import { hardwayMocks } from "hardway/testing";

export interface ExampleRun {
  readonly file: string;
  readonly project: string;
  readonly config: Record<string, string>;
}

export interface ExampleResult {
  /** What was registered besides the stack: the last part of the type, and the name. */
  readonly registered: string[];
  readonly outputs: object;
}

/**
 * Runs an example in memory, once in a process.
 *
 * @param onResource called with each resource that is registered
 */
export async function runExample(
  { file, project, config }: ExampleRun,
  onResource: (resource: pulumi.runtime.MockResourceArgs) => void = () => undefined,
): Promise<ExampleResult> {
  const registered: string[] = [];
  const mocks = hardwayMocks();
  const recording: pulumi.runtime.Mocks = {
    call: (args) => mocks.call(args),
    newResource(args) {
      if (args.type !== "pulumi:pulumi:Stack") registered.push(`${args.type.split(":").at(-1)} ${args.name}`);
      onResource(args);
      return mocks.newResource(args);
    },
  };
  await pulumi.runtime.setMocks(recording, project, "try");
  pulumi.runtime.setAllConfig(config);
  const made = (await import(file)) as Record<string, unknown>;
  const outputs = await new Promise<object>((resolve) => pulumi.output({ ...made }).apply(resolve));
  await pulumi.runtime.disconnect();
  return { registered, outputs };
}

/** Runs examples one after the other. */
export async function runExamples(runs: readonly ExampleRun[]): Promise<ExampleResult[]> {
  const results: ExampleResult[] = [];
  for (const run of runs) results.push(await runExample(run));
  return results;
}

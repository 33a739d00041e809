import * as pulumi from "@pulumi/pulumi";
// In this checkout its sources, where this file is copied to a program with the package the package.
import { hardwayMocks } from "hardway/testing";

export interface ExampleRun {
  readonly file: string;
  readonly project: string;
  readonly config: Record<string, string>;
}

export interface ExampleResult {
  readonly resources: readonly pulumi.runtime.MockResourceArgs[];
  /** What was registered besides the stack: the last part of the type, and the name; sorted. */
  readonly registered: string[];
  readonly outputs: object;
}

/** Runs an example in memory, once in a process. */
export async function runExample({ file, project, config }: ExampleRun): Promise<ExampleResult> {
  const resources: pulumi.runtime.MockResourceArgs[] = [];
  const mocks = hardwayMocks();
  const recording: pulumi.runtime.Mocks = {
    call: (args) => mocks.call(args),
    newResource(args) {
      resources.push(args);
      return mocks.newResource(args);
    },
  };
  await pulumi.runtime.setMocks(recording, project, "try");
  pulumi.runtime.setAllConfig(config);
  const made = (await import(file)) as Record<string, unknown>;
  const outputs = await new Promise<object>((resolve) => pulumi.output({ ...made }).apply(resolve));
  await pulumi.runtime.disconnect();
  const registered = resources
    .filter(({ type }) => type !== "pulumi:pulumi:Stack")
    .map(({ type, name }) => `${type.split(":").at(-1)} ${name}`)
    .sort();
  return { resources, registered, outputs };
}

/** Runs examples one after the other. */
export async function runExamples(runs: readonly ExampleRun[]): Promise<ExampleResult[]> {
  const results: ExampleResult[] = [];
  for (const run of runs) results.push(await runExample(run));
  return results;
}

import { LocalWorkspace, Stack } from "@pulumi/pulumi/automation";
import type { LabPaths } from "../paths";
import type { EngineCommand } from "./engineCommand";

/** A lab's stack in the Automation API; it is created when it does not exist. */
export async function automationStack(
  { name, workspace: workDir }: LabPaths,
  env: Readonly<Record<string, string>>,
  pulumiCommand: EngineCommand,
): Promise<Stack> {
  const workspace = await LocalWorkspace.create({ workDir, envVars: { ...env }, pulumiCommand });
  const stack = await Stack.createOrSelect(name, workspace);
  // The Automation API would start the engine once more after each operation, for a history that nothing here reads.
  stack.info = () => Promise.resolve(undefined);
  return stack;
}

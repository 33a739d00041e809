import { mkdirSync, rmSync } from "node:fs";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { writeWhole } from "../files";
import { readYaml, stackFileOf } from "../lab/settings";
import type { LabPaths } from "../paths";

/** What the engine writes into a stack file to encrypt its secrets; a copy of the checkout's file must not lose it. */
const encryptionKeys = ["encryptionsalt", "encryptedkey", "secretsprovider"];

/** The lab's stack file in its workspace. */
export function labStackFile(paths: LabPaths): string {
  return join(paths.workspace, `Pulumi.${paths.name}.yaml`);
}

/**
 * The project as the engine sees it: copies of the checkout's files in the lab's folder, with the checkout as `main`. So the
 * engine's own notes in a stack file never change the checkout.
 *
 * @param endpoint URL at which the embedded EC2 really listens, for a lab that is built on it.
 */
export function writeWorkspace(paths: LabPaths, root: string, endpoint?: string): void {
  mkdirSync(paths.workspace, { recursive: true, mode: 0o700 });
  const project = readYaml(join(root, "Pulumi.yaml"));
  writeWhole(join(paths.workspace, "Pulumi.yaml"), stringify({ ...project, main: root }));

  const target = labStackFile(paths);
  const source = stackFileOf(root, paths.name);
  const kept = existsSync(target) ? readYaml(target) : {};
  const content: Record<string, unknown> = {
    ...pick(kept, encryptionKeys),
    ...(source === undefined ? {} : readYaml(source)),
  };
  if (endpoint !== undefined)
    content["config"] = { ...(content["config"] ?? {}), "aws:endpoints": [{ ec2: endpoint, sts: endpoint }] };
  if (Object.keys(content).length > 0) writeWhole(target, stringify(content));
  else rmSync(target, { force: true });
}

function pick(values: Record<string, unknown>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.filter((key) => key in values).map((key) => [key, values[key]]));
}

import { existsSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import { makeFolder, writeWhole } from "../files";
import { askAgain, type RunAgain, type StepName } from "../../components/plan/steps";
import {
  baseFile,
  certificateGenerationKey,
  labStackFile,
  readStackFile,
  runAgainKey,
  type LabStackFile,
} from "../settings/stackFile";
import type { LabPaths } from "../paths";
import { readYaml, readYamlIfThere, section } from "../yaml";

const credentialKeys = ["aws:accessKey", "aws:secretKey", "aws:token", "aws:profile"];

/** The name in the checkout's Pulumi.yaml. */
export function projectName(root: string): string {
  return String(readYaml(join(root, "Pulumi.yaml"))["name"]);
}

/**
 * The project as the engine sees it: copies of the checkout's files in the lab's folder, with `main` in the checkout. So the
 * engine's own notes in a stack file, and what is set for this lab alone, never change the checkout.
 *
 * @param endpoint URL at which the embedded EC2 really listens, for a lab that is built on it.
 * @returns what the stack file is now; see `readStackFile` for what becomes of settings that were made in the workspace
 */
export function writeWorkspace(paths: LabPaths, root: string, endpoint?: string): LabStackFile {
  makeFolder(paths.workspace, 0o700);
  const project = readYaml(join(root, "Pulumi.yaml"));
  const main = resolve(root, typeof project["main"] === "string" ? project["main"] : "");
  writeWhole(join(paths.workspace, "Pulumi.yaml"), stringify({ ...project, main }));

  const stackFile = readStackFile(root, paths);
  writeOrRemove(labStackFile(paths), withEndpoint(stackFile.content, endpoint));
  // In this order, so that a run that is cut off in between loses no setting that was made in the workspace.
  writeOrRemove(baseFile(paths), withEndpoint(stackFile.checkout, endpoint));
  return stackFile;
}

/**
 * Asks the stack to run steps once more: their numbers in `hardway:runAgain` grow by one. They stay in the workspace's file, since a
 * number that went back would be another one too.
 */
export function askToRunAgain(
  paths: Pick<LabPaths, "name" | "workspace">,
  steps: readonly { readonly host: string; readonly step: StepName }[],
): void {
  if (steps.length === 0) return;
  changeSetting(paths, runAgainKey, (asked) => {
    // `pulumi config set` without --path writes text.
    const counts = section(typeof asked === "string" ? JSON.parse(asked) : asked) as RunAgain;
    return askAgain(counts, steps);
  });
}

/** Asks the stack to issue the certificates of all hosts again, by the same authorities. */
export function raiseCertificateGeneration(paths: Pick<LabPaths, "name" | "workspace">): void {
  changeSetting(paths, certificateGenerationKey, (generation) => Number(generation ?? 1) + 1);
}

/** Sets a key for this lab alone. */
function changeSetting(
  paths: Pick<LabPaths, "name" | "workspace">,
  key: string,
  change: (now: unknown) => unknown,
): void {
  const file = labStackFile(paths);
  const content = readYamlIfThere(file);
  const config = section(content["config"]);
  writeWhole(file, stringify({ ...content, config: { ...config, [key]: change(config[key]) } }));
}

/** A stack file's content with the embedded EC2 where it is, and without what would come before its keys in the environment. */
export function withEndpoint(content: Readonly<Record<string, unknown>>, endpoint: string | undefined) {
  if (endpoint === undefined) return content;
  const config = Object.entries(section(content["config"])).filter(([key]) => !credentialKeys.includes(key));
  return { ...content, config: { ...Object.fromEntries(config), "aws:endpoints": [{ ec2: endpoint, sts: endpoint }] } };
}

function writeOrRemove(file: string, content: Readonly<Record<string, unknown>>): void {
  if (Object.keys(content).length > 0) writeWhole(file, stringify(content));
  else if (existsSync(file)) rmSync(file);
}

import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { version as awsVersion } from "@pulumi/aws/package.json";
import { version as commandVersion } from "@pulumi/command/package.json";
import type { LabKind, PluginChoice } from "./settings";

interface PluginContext {
  /** What the user asked for by --plugins. */
  readonly asked?: PluginChoice;
  readonly kind: LabKind;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * The embedded lab always uses the bundled plugins: small, and the same everywhere. On AWS and the user's own hosts the
 * official ones are used where Pulumi has them installed already.
 */
export function choosePlugins({ asked, kind, env = process.env }: PluginContext): PluginChoice {
  if (asked !== undefined) return asked;
  const home = pulumiHomeOf(env);
  const needed = [`resource-command-v${commandVersion}`, ...(kind === "aws" ? [`resource-aws-v${awsVersion}`] : [])];
  const installed = needed.every((plugin) => existsSync(join(home, "plugins", plugin)));
  return kind !== "embedded" && installed ? "official" : "bundled";
}

/** Where the user's own Pulumi keeps plugins. What `hardway env` has set for a lab, with the bundled ones in it, is not that. */
export function pulumiHomeOf(env: Readonly<Record<string, string | undefined>>): string {
  const set = env["PULUMI_HOME"];
  return set && !isOfLab(set) ? set : join(env["HOME"] || homedir(), ".pulumi");
}

/** Whether it is the folder of a lab's plugins; see `labPaths`. */
export function isOfLab(pulumiHome: string): boolean {
  return basename(pulumiHome) === "pulumi-home" && basename(dirname(dirname(pulumiHome))) === "labs";
}

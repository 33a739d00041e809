import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { version as commandVersion } from "@pulumi/command/package.json";

export type PluginChoice = "official" | "bundled";

export interface PluginContext {
  /** What the user asked for by --plugins. */
  readonly asked?: PluginChoice;
  readonly bringYourOwn: boolean;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * The embedded lab always uses the bundled plugins: small, and the same everywhere. With the user's own hosts the official
 * ones are used where Pulumi has them installed already.
 */
export function choosePlugins({ asked, bringYourOwn, env = process.env }: PluginContext): PluginChoice {
  if (asked !== undefined) return asked;
  const home = env["PULUMI_HOME"] || join(env["HOME"] || homedir(), ".pulumi");
  const official = join(home, "plugins", `resource-command-v${commandVersion}`);
  return bringYourOwn && existsSync(official) ? "official" : "bundled";
}

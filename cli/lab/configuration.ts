import type { Lab } from "./context";
import { repositoryRoot } from "../paths";
import { expectedMirror } from "./neededBuilds";
import { checkedConfig } from "../settings/settings";

/**
 * Checks the configuration before a tool is fetched, a daemon started or anything made.
 *
 * @throws ConfigError (exit 78) with every problem
 */
export function checkConfiguration(lab: Pick<Lab, "cache" | "settings" | "plugins">): void {
  checkedConfig(lab.settings, repositoryRoot, expectedMirror(lab), lab.plugins);
}

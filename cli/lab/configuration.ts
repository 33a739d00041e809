import type { LabConfig } from "../../components/config/parse";
import { repositoryRoot } from "../paths";
import { checkedConfig } from "../settings/settings";
import type { Lab } from "./context";
import { expectedMirror } from "./neededBuilds";

/**
 * The lab's configuration, checked before a tool is fetched, a daemon started or anything made.
 *
 * @returns undefined where encrypted values leave it open
 * @throws ConfigError (exit 78) with every problem
 */
export function labConfig(lab: Pick<Lab, "cache" | "settings" | "plugins">): LabConfig | undefined {
  return checkedConfig(lab.settings, repositoryRoot, expectedMirror(lab), lab.plugins);
}

import type { Context } from "../context";
import { repositoryRoot } from "../paths";
import { choosePlugins } from "../toolchain/plugins";
import { expectedMirror } from "./mirror";
import { checkedConfig, type LabSettings } from "./settings";

/**
 * Checks the configuration before a tool is fetched, a daemon started or anything made.
 *
 * @throws ConfigError (exit 78) with every problem
 */
export function checkConfiguration(context: Pick<Context, "cache" | "options">, settings: LabSettings): void {
  const plugins = choosePlugins({ asked: context.options.plugins, kind: settings.kind });
  checkedConfig(settings, repositoryRoot, expectedMirror(context, settings), plugins);
}

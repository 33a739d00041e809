import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { version as awsVersion } from "@pulumi/aws/package.json";
import { version as commandVersion } from "@pulumi/command/package.json";
import { version as sdkVersion } from "@pulumi/pulumi/package.json";
import { shellQuote } from "../components/remote/shellQuote";

/**
 * Installs this checkout's plugins where the engine looks for installed ones, `<pulumiHome>/plugins/KIND-NAME-vVERSION`
 * (sdk/go/common/workspace/plugins.go). A plugin that is found on PATH instead makes the engine warn on every update,
 * so nothing is put there. Running it again changes nothing, or points the plugins to this checkout when it was another
 * before.
 * @param pulumiHome the engine's PULUMI_HOME
 * @returns the directory with the language host's launcher. It has to be on PATH only for an engine that ignores
 *   installed language plugins.
 */
export async function installPlugins({ pulumiHome }: { pulumiHome: string }): Promise<{ binDirectory: string }> {
  const plugins = path.join(pulumiHome, "plugins");
  await installLauncher(path.join(plugins, `resource-command-v${commandVersion}`), "pulumi-resource-command");
  await installLauncher(path.join(plugins, `resource-aws-v${awsVersion}`), "pulumi-resource-aws");
  const binDirectory = path.join(plugins, `language-nodejs-v${sdkVersion}`);
  await installLauncher(binDirectory, "pulumi-language-nodejs");
  return { binDirectory };
}

/** A script, not a link: a link would break without a word when the checkout moves. */
async function installLauncher(directory: string, name: string) {
  const launcher = path.join(directory, name);
  const target = path.join(__dirname, "bin", name);
  const quoted = shellQuote(target);
  const gone = `hardway: ${target} is gone; run ./hardway env in the checkout, which installs the plugins again`;
  const script = [
    "#!/bin/sh",
    "# Written by hardway; made anew when the checkout moves.",
    `[ -x ${quoted} ] && exec ${quoted} "$@"`,
    `echo ${shellQuote(gone)} >&2`,
    "exit 69\n",
  ].join("\n");
  if ((await readFile(launcher, "utf8").catch(() => undefined)) === script) return;
  await mkdir(directory, { recursive: true });
  // Another process may be starting the old one.
  const temporary = `${launcher}.${randomBytes(4).toString("hex")}`;
  await writeFile(temporary, script);
  await chmod(temporary, 0o755);
  await rename(temporary, launcher);
}

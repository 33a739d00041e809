import { existsSync } from "node:fs";
import { backendFolder, stateFiles } from "./fileBackend";

type Environment = Readonly<Record<string, string | undefined>>;

/** What to do when the engine cannot read a stack's state; undefined when that is not the problem. */
export function stackAdvice(message: string, stack: string, env: Environment): string | undefined {
  if (/\bincorrect passphrase\b/.test(message))
    return `The stack "${stack}" was made with another passphrase than ${passphraseSource(env)}. Give the one that it was made with.`;
  if (!/\bfailed to load checkpoint\b/.test(message)) return undefined;
  const [file] = stateFiles(backendFolder(env["PULUMI_BACKEND_URL"]) ?? "/nonexistent", stack);
  if (file === undefined) return undefined;
  const before = `${file}.bak`;
  return (
    `${file}, the state of stack "${stack}", cannot be read. ` +
    (existsSync(before)
      ? `${before} is the one before it: copy it over that file, and "./hardway up" makes up for what it does not have.`
      : "Put it back from a backup.")
  );
}

/** The engine takes the first of these that is set, even if it is empty. */
function passphraseSource(env: Environment): string {
  const { PULUMI_CONFIG_PASSPHRASE: own, PULUMI_CONFIG_PASSPHRASE_FILE: file } = env;
  if (own !== undefined)
    return `PULUMI_CONFIG_PASSPHRASE has, which is set${own === "" ? ", and empty," : ""} in the environment; hardway's own is used when it is unset`;
  return `the file ${file} has, which PULUMI_CONFIG_PASSPHRASE_FILE names`;
}

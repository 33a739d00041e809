import { readFileSync } from "node:fs";
import { join } from "node:path";
import { commandLine, scriptWords } from "../../components/remote/commandLine";
import { withLibraries } from "../../components/remote/scriptText";
import { shellQuote } from "../../components/remote/shellQuote";

/** Folder on a host in which running verifications hold their locks; a reboot empties it. */
export const lockFolder = "/run";

/** Names what the controller deletes should nobody else do that; see hold.sh. */
export function deletionFile(run: string): string {
  return `${lockFolder}/hardway-verify-${run}.deletion`;
}

/** A line that includes another script of this folder. */
const include = /^\. \.\/(?!lib-)([a-z]+)\.sh$/gm;

function read(name: string): string {
  const text = readFileSync(join(__dirname, "scripts", `${name}.sh`), "utf8").replaceAll("\r\n", "\n");
  return text.replace(include, (_line, other: string) => read(other));
}

/**
 * The text of a script of this folder, after its values as quoted assignments. A line `. ./lib-NAME.sh` includes that
 * library of `scripts/node`, whose paths begin with `$root`.
 */
export function scriptText(name: string, values: Readonly<Record<string, string>>): string {
  const body = withLibraries(read(name));
  return [...Object.entries(values).map(([key, value]) => `${key}=${shellQuote(value)}`), body].join("\n");
}

/** A command line that runs a script of several lines as root, in any login shell. */
export function asRootScript(text: string): string {
  return commandLine(scriptWords({}, text), true);
}

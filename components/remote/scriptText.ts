import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseLibrary, usedFunctions } from "./shellLibrary";
import { layOut } from "./commandLine";

const scriptFolder = join(__dirname, "..", "..", "scripts", "node");

/** A line in a step that stands for a library. */
const include = /^\. \.\/(lib-[a-z]+)\.sh$/gm;

/** Those that have been read: the nodes of a lab have the same steps. */
const scripts = new Map<string, Script>();

/** A script of `scripts/node`, ready to be sent. */
export interface Script {
  /** File name without `.sh`, e.g. `20-kernel-prep` or `20-kernel-prep.undo`. */
  readonly name: string;
  readonly text: string;
}

/** How a script is run. */
export interface ScriptRun {
  /** Values by variable name; not for secrets, which would show in the host's process list. */
  readonly variables: Readonly<Record<string, string>>;
  /** The host ends the script after this many seconds, with 10 more to clean up. */
  readonly timeoutSeconds: number;
  /** Whether it runs as root, by sudo where the login user is not root. */
  readonly asRoot: boolean;
  /** A number that the text says, if it is not 0, so that another one makes it another command. @default 0 */
  readonly runAgain?: number;
}

/**
 * The command line that runs a script on a host: values first, each quoted once so that a preview shows them plainly,
 * then the script itself, a line each. Values travel as arguments, because sshd accepts environment variables only when
 * its administrator allows them by name (sshd_config(5), AcceptEnv). Any login shell reads it.
 */
export function renderScript(script: Script, { variables, timeoutSeconds, asRoot, runAgain = 0 }: ScriptRun): string {
  const values = { STEP: script.name.replace(/\.undo$/, ""), ...variables };
  return [
    `# hardway ${script.name}`,
    ...(runAgain === 0 ? [] : [`# run again: ${runAgain}`]),
    layOut(values, script.text, { timeoutSeconds, asRoot }),
  ].join("\n");
}

/** Secrets as a script's standard input: a line for each, with the name and the value in base64. */
export function renderSecrets(secrets: Readonly<Record<string, string>>): string {
  return Object.entries(secrets)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString("base64")}\n`)
    .join("");
}

/** Reads a script, with what it uses of the libraries. */
export function readScript(name: string): Script {
  const script = scripts.get(name) ?? { name, text: linked(readFile(name)) };
  scripts.set(name, script);
  return script;
}

/** A text in which each line that names a library of `scripts/node` became what the text uses of it. */
export function withLibraries(text: string): string {
  const usedOf = librariesOf(text, named(text));
  return text.replace(include, (_line, name: string) => usedOf(name));
}

/** The text of a step as it is written, with what it uses of the library of all steps before it, and of others where it names them. */
function linked(step: string): string {
  const usedOf = librariesOf(step, ["lib", ...named(step)]);
  return ["set -eu", usedOf("lib"), "", step.replace(include, (_line, name: string) => usedOf(name))].join("\n");
}

function named(text: string): string[] {
  return Array.from(text.matchAll(include), ([, name = ""]) => name);
}

/** What a text uses of each of these libraries. */
function librariesOf(text: string, names: readonly string[]): (library: string) => string {
  const libraries = new Map(names.map((name) => [name, parseLibrary(readFile(name))]));
  const used = usedFunctions([...libraries.values()].flat(), text);
  return (library) =>
    (libraries.get(library) ?? [])
      .filter(({ name }) => name === undefined || used.has(name))
      .reduce((whole, part) => `${whole}\n${part.text}`, `# What is used here of ${library}.sh:`);
}

/** A checkout may have CRLF line ends, which a shell takes for part of the words. */
function readFile(name: string): string {
  return readFileSync(join(scriptFolder, `${name}.sh`), "utf8").replaceAll("\r\n", "\n");
}

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseLibrary, usedFunctions } from "./shellLibrary";
import { layOut } from "./commandLine";

const scriptFolder = join(__dirname, "..", "..", "scripts", "node");

/** A line that is replaced by a library, in a step or in a library that needs another one. */
const include = /^\. \.\/(lib-[a-z]+)\.sh\n/gm;

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
  /** A number that the text contains, if it is not 0, so that changing it changes the command. @default 0 */
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

/** A text with what it uses of the libraries of `scripts/node` that it names, in the place of the first of these lines. */
export function withLibraries(text: string): string {
  const names = named(text);
  return placed(text, names.map(librariesOf(text, names)));
}

/**
 * The text of a step as it is written, with what it uses of the library of all steps before it, and of others where it
 * names them.
 */
function linked(step: string): string {
  const names = named(step);
  const usedOf = librariesOf(step, ["lib", ...names]);
  return ["set -eu", usedOf("lib"), "", placed(step, names.map(usedOf))].join("\n");
}

/** The libraries that a text names and those that these name, each once, and after what it needs itself. */
function named(text: string, found: string[] = []): string[] {
  for (const [, name = ""] of text.matchAll(include)) {
    if (found.includes(name)) continue;
    named(readFile(name), found);
    found.push(name);
  }
  return found;
}

function placed(text: string, libraries: readonly string[]): string {
  let rest = libraries.map((library) => `${library}\n`).join("");
  return text.replace(include, () => {
    const here = rest;
    rest = "";
    return here;
  });
}

/** What a text uses of each of these libraries. */
function librariesOf(text: string, names: readonly string[]): (library: string) => string {
  const libraries = new Map(names.map((name) => [name, parseLibrary(readFile(name).replace(include, ""))]));
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

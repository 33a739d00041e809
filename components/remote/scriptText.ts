import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseLibrary, usedFunctions } from "./shellLibrary";
import { shellQuote } from "./shellQuote";

const scriptFolder = join(__dirname, "..", "..", "scripts", "node");

/** Stands for the text of a library. */
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
}

/**
 * The command line that runs a script on a host: values first, each quoted once so that a preview shows them plainly,
 * then the script itself. Values travel as arguments of env(1), because sshd accepts environment variables only when
 * its administrator allows them by name (sshd_config(5), AcceptEnv).
 */
export function renderScript(script: Script, { variables, timeoutSeconds, asRoot }: ScriptRun): string {
  const values = Object.entries({ STEP: script.name.replace(/\.undo$/, ""), ...variables });
  return [
    `# hardway ${script.name}`,
    "set -- \\",
    ...values.map(([name, value]) => `  ${name}=${shellQuote(value)} \\`),
    `  timeout -k 10 ${timeoutSeconds} sh -c ${shellQuote(script.text)} hardway`,
    asRoot ? `if [ "$(id -u)" -eq 0 ]; then exec env "$@"; else exec sudo -n env "$@"; fi` : `exec env "$@"`,
  ].join("\n");
}

/** Secrets as a script's standard input: a line for each, with the name and the value in base64. */
export function renderSecrets(secrets: Readonly<Record<string, string>>): string {
  return Object.entries(secrets)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString("base64")}\n`)
    .join("");
}

/**
 * Reads a script, with what it uses of the library that all of them share before it, and of the other libraries where it
 * names them. Its own text stays as it is written.
 */
export function readScript(name: string): Script {
  const known = scripts.get(name);
  if (known !== undefined) return known;
  const step = readFile(name);
  const libraries = new Map(
    ["lib", ...Array.from(step.matchAll(include), ([, library = ""]) => library)].map((library) => [
      library,
      parseLibrary(readFile(library)),
    ]),
  );
  const used = usedFunctions([...libraries.values()].flat(), step);
  const linked = (library: string) =>
    [
      `# What is used here of ${library}.sh:`,
      ...(libraries.get(library) ?? [])
        .filter((part) => part.name === undefined || used.has(part.name))
        .map(({ text }) => text),
    ].join("\n");
  const text = ["set -eu", linked("lib"), "", step.replace(include, (_line, library: string) => linked(library))];
  const script = { name, text: text.join("\n") };
  scripts.set(name, script);
  return script;
}

/** A checkout may have CRLF line ends, which a shell takes for part of the words. */
function readFile(name: string): string {
  return readFileSync(join(scriptFolder, `${name}.sh`), "utf8").replaceAll("\r\n", "\n");
}

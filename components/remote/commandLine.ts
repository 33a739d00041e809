/**
 * Command lines that sshd passes to the login shell of a host (sshd(8): `$SHELL -c LINE`), whichever that is: a POSIX
 * shell, zsh, fish or tcsh. They have one command, `exec`, and words that all of these read alike.
 */

/** Runs its arguments as root: as they are for root, by sudo without a password for anyone else. */
const become = `if [ "$(id -u)" -eq 0 ]; then exec "$@"; else exec sudo -n "$@"; fi`;

/**
 * Runs a script that comes as its arguments, a line each, after values and `--`. A value of several lines is several
 * arguments of one name. No shell but the POSIX ones has a way to write a line end into a word.
 */
const assemble =
  `n=$(echo; echo .); n=\${n%.}; ` +
  `until [ "$1" = -- ]; do v=$1; shift; while [ "\${1%%=*}" = "\${v%%=*}" ]; do v=$v$n\${1#*=}; shift; done; export "$v"; done; ` +
  `shift; s=; for l do s=$s$l$n; done; set --; eval "unset n v s l; $s"`;

/**
 * One word, between single quotes. What a shell reads differently even there is outside of them: fish a
 * backslash, csh an exclamation mark.
 *
 * @throws RangeError for a word with a line end or NUL, which no such word can have
 */
export function quoteWord(word: string): string {
  if (/[\n\0]/.test(word)) throw new RangeError("a word for any login shell cannot hold a line end or a NUL character");
  return `'${word.replace(/['\\!]/g, (character) => `'\\${character}'`)}'`;
}

/** A command line that runs the words. @param asRoot whether as root, or as the login user */
export function commandLine(words: readonly string[], asRoot: boolean): string {
  return ["exec", ...(asRoot ? ["sh", "-c", quoteWord(become), "hardway"] : []), ...words.map(quoteWord)].join(" ");
}

/** The words that run a script: its values by name, and its text. */
export function scriptWords(values: Readonly<Record<string, string>>, text: string): string[] {
  return [
    "sh",
    "-c",
    assemble,
    "hardway",
    ...valueLines(values).map((pair) => pair.join("=")),
    "--",
    ...text.split("\n"),
  ];
}

function valueLines(values: Readonly<Record<string, string>>): [name: string, line: string][] {
  return Object.entries(values).flatMap(([name, value]) =>
    value.split("\n").map((line): [string, string] => [name, line]),
  );
}

/**
 * The same as one text that is read by people, in previews: a value or a line of the script in each line.
 *
 * @param timeoutSeconds after which the host ends the script, with 10 more to clean up
 */
export function layOut(
  values: Readonly<Record<string, string>>,
  text: string,
  { timeoutSeconds, asRoot }: { readonly timeoutSeconds: number; readonly asRoot: boolean },
): string {
  return [
    asRoot ? `exec sh -c ${quoteWord(become)} hardway` : "exec",
    `  timeout -k 10 ${timeoutSeconds} sh -c ${quoteWord(assemble)} hardway`,
    ...valueLines(values).map(([name, line]) => `  ${name}=${quoteWord(line)}`),
    "  --",
    ...text.split("\n").map(quoteWord),
  ].join(" \\\n");
}

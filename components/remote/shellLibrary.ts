/** A function of a library, or what stands between its functions. */
export interface LibraryPart {
  /** Undefined for what is not a function, which always belongs to the library. */
  readonly name?: string;
  readonly text: string;
}

/**
 * The parts of a library of shell functions. What it says about itself and about each function is left out: comments
 * that begin in the first column, and empty lines, outside of functions.
 *
 * @param text functions begin in the first column with `NAME() {`, and end in that line or with the next `}` in the
 *   first column
 */
export function parseLibrary(text: string): LibraryPart[] {
  const parts: LibraryPart[] = [];
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    const name = /^(\w+)\(\) \{/.exec(line)?.[1];
    if (name === undefined) {
      if (line !== "" && !line.startsWith("#")) parts.push({ text: line });
      continue;
    }
    const end = line.endsWith("}") ? at : lines.indexOf("}", at);
    if (end < 0) throw new Error(`the shell function ${name} has no end`);
    parts.push({ name, text: lines.slice(at, end + 1).join("\n") });
    at = end;
  }
  return parts;
}

/**
 * The names of those functions that a script, or what is in the libraries beside functions, calls by itself or through
 * others.
 */
export function usedFunctions(parts: readonly LibraryPart[], script: string): ReadonlySet<string> {
  const functions = new Map(parts.flatMap(({ name, text }) => (name === undefined ? [] : [[name, text]])));
  const used = new Set<string>();
  const unread = [script, ...parts.filter(({ name }) => name === undefined).map(({ text }) => text)];
  for (let text = unread.pop(); text !== undefined; text = unread.pop())
    for (const word of words(text)) {
      const body = functions.get(word);
      if (body === undefined || used.has(word)) continue;
      used.add(word);
      unread.push(body);
    }
  return used;
}

/** Every word that could be a command: one too many costs a few lines, one too few would cost the step. */
function words(text: string): string[] {
  return text.replace(/^\s*#.*$/gm, "").match(/(?<![\w$]|\$\{)\w+/g) ?? [];
}

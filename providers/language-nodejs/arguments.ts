/**
 * Splits a command line as a shell does: quotes group, a backslash quotes one character, nothing is expanded.
 * @throws Error when a quote is not closed
 */
export function splitArguments(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  // A double-quoted part, a single-quoted part, an escaped character, blanks, or any other character.
  for (const [token] of line.matchAll(/"(?:[^"\\]|\\[\s\S])*"|'[^']*'|\\[\s\S]|\s+|[\s\S]/g)) {
    if (/^\s/.test(token)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    if (token === '"' || token === "'") throw new Error(`nodeargs: ${token} is not closed in ${JSON.stringify(line)}`);
    word ??= "";
    if (token.startsWith('"')) word += token.slice(1, -1).replace(/\\(["\\$`])/g, "$1");
    else if (token.startsWith("'")) word += token.slice(1, -1);
    else word += token.length > 1 ? token.slice(1) : token;
  }
  if (word !== undefined) words.push(word);
  return words;
}

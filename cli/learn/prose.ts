/** Breaks a text into lines at most `width` long, at blanks outside of `code`. What is longer has a line of its own. */
export function wrapProse(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const [word] of text.matchAll(/(?:[^\s`]|`[^`]*`)+/g)) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" ? lines : [...lines, line];
}

/** Paragraphs are separated by an empty line. */
export function paragraphsOf(text: string): string[] {
  return text.split(/\n\s*\n/);
}

/** The same without Markdown: a link to a page has its address after it, one to a file of the checkout is the file's path. */
export function plainProse(text: string): string {
  return text
    .replace(/\[([^\]]*)\]\((https?:[^)\s]*)\)/g, "$1: $2")
    .replace(/\[([^\]]*)\]\([^)\s]*\)/g, "$1")
    .replaceAll("**", "")
    .replaceAll("`", "");
}

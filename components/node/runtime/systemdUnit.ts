/** A section of a systemd unit: directives in the order in which they are written; a list is written as several. */
export type UnitSection = Readonly<Record<string, string | readonly string[]>>;

/** First line of a unit of ours. */
export const unitComment = "Written by hardway; takes precedence over the unit of the same name in a package.";

/**
 * Writes a systemd unit (systemd.syntax(7)), under a comment where there is one. systemd ignores directives that it
 * does not know, and their case counts, so the names are those of its manual pages.
 *
 * @throws when a value would not be one line.
 */
export function renderUnit(sections: Readonly<Record<string, UnitSection>>, comment?: string): string {
  const parts = Object.entries(sections).map(([name, directives]) =>
    [`[${name}]`, ...Object.entries(directives).flatMap(([key, value]) => lines(key, value))].join("\n"),
  );
  return `${comment === undefined ? "" : `# ${comment}\n`}${parts.join("\n\n")}\n`;
}

function lines(key: string, value: string | readonly string[]): string[] {
  return [value].flat().map((one) => {
    if (/[\r\n]/.test(one)) throw new Error(`${key} of a systemd unit must be one line; got ${JSON.stringify(one)}`);
    return `${key}=${one}`;
  });
}

/**
 * A command line for `ExecStart=` and its like (systemd.service(5), "Command lines"): `%` begins a specifier and `$` a
 * variable, also within quotes.
 */
export function unitCommand(words: readonly string[]): string {
  return words
    .map((word) => {
      const escaped = word
        .replaceAll("\\", "\\\\")
        .replaceAll('"', '\\"')
        .replaceAll("%", "%%")
        .replaceAll("$", "$$$$");
      return /^[A-Za-z0-9_@:=.,/+-]+$/.test(word) ? escaped : `"${escaped}"`;
    })
    .join(" ");
}

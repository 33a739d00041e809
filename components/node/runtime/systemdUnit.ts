/** A section of a systemd unit: directives in the order in which they are written; a list is written as several. */
export type UnitSection = Readonly<Record<string, string | readonly string[]>>;

/**
 * Writes a systemd unit (systemd.syntax(7)). systemd ignores a directive that it does not know, upper and lower case
 * included, so the names are those of its manual pages.
 *
 * @throws when a value would not be one line.
 */
export function renderUnit(comment: string, sections: Readonly<Record<string, UnitSection>>): string {
  const parts = Object.entries(sections).map(([name, directives]) =>
    [`[${name}]`, ...Object.entries(directives).flatMap(([key, value]) => lines(key, value))].join("\n"),
  );
  return `# ${comment}\n${parts.join("\n\n")}\n`;
}

function lines(key: string, value: string | readonly string[]): string[] {
  return [value].flat().map((one) => {
    if (/[\r\n]/.test(one)) throw new Error(`${key} of a systemd unit must be one line; got ${JSON.stringify(one)}`);
    return `${key}=${one}`;
  });
}

/** Sections of a unit in their order; a key may come several times, as systemd's lists do. */
export type Unit = Readonly<Record<string, readonly (readonly [key: string, value: string])[]>>;

/**
 * A systemd unit (systemd.syntax(7)).
 *
 * @throws RangeError for a value with a line break, which would become a directive of its own
 */
export function renderUnit(unit: Unit): string {
  const sections = Object.entries(unit).map(([name, entries]) => {
    const lines = entries.map(([key, value]) => {
      if (/[\n\r\0]/.test(value)) throw new RangeError(`${key} of a systemd unit cannot hold a line break`);
      return `${key}=${value}\n`;
    });
    return `[${name}]\n${lines.join("")}`;
  });
  return sections.join("\n");
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

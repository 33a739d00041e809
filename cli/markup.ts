import { stripVTControlCharacters } from "node:util";

/** Text that is markup (HTML or SVG) already. */
export class Markup {
  constructor(private readonly text: string) {}

  toString(): string {
    return this.text;
  }
}

/** What a template takes: markup as it is, texts escaped, lists one after the other, and nothing for what is not there. */
export type Content = Markup | string | number | undefined | readonly Content[];

/** Template of markup, in which every value is escaped that is not markup itself: markup`<td>${observed}</td>`. */
export function markup(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return new Markup(
    strings.map((part, index) => part + (index < values.length ? rendered(values[index]) : "")).join(""),
  );
}

/** Text as it stands between tags and within quotes, without what a terminal or a browser would take for a command. */
export function escapeMarkup(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/[^\P{Cc}\t\n\r]/gu, "\uFFFD")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

function rendered(value: Content): string {
  if (value instanceof Markup) return value.toString();
  if (value === undefined) return "";
  return typeof value === "object" ? value.map(rendered).join("") : escapeMarkup(String(value));
}

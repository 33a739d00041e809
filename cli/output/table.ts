import Table from "cli-table3";
import type { Colors } from "picocolors/types";

const edges = ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"];
const inner = ["left", "left-mid", "mid", "mid-mid", "right", "right-mid"];

/** Columns without lines around them: easy to read, to copy and to grep. @param titles of the columns, in bold */
export function plainTable(titles: readonly string[] = [], colors?: Colors): InstanceType<typeof Table> {
  const chars = { ...Object.fromEntries([...edges, ...inner].map((place) => [place, ""])), middle: "  " };
  const table = new Table({ chars, style: { "padding-left": 0, "padding-right": 0, head: [], border: [] } });
  if (titles.length > 0) table.push(titles.map((title) => colors?.bold(title) ?? title));
  return table;
}

/** The table's text without the blanks that fill up its last column. */
export function renderTable(table: InstanceType<typeof Table>): string {
  return table.toString().replace(/ +$/gm, "");
}

import type { Check, CheckArea } from "./types";

/** Characters of an observation that a table can still show. */
const maxObserved = 400;

/** Makes the rows of one host and area. */
export class Rows {
  readonly rows: Check[] = [];

  constructor(
    private readonly host: string,
    private readonly area: CheckArea,
  ) {}

  add(check: string, expected: string, observed: string, ok: boolean): void {
    const text = observed.replaceAll(/\s*\n\s*/g, "; ").trim() || "nothing";
    const short = text.length > maxObserved ? `${text.slice(0, maxObserved)}...` : text;
    this.rows.push({ host: this.host, area: this.area, check, expected, observed: short, ok });
  }

  /** A row that is right when what was seen is exactly what was expected. */
  equal(check: string, expected: string, observed: string): void {
    this.add(check, expected, observed, observed === expected);
  }
}

export function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** ping(8) sums up in its last two lines. */
export function pingSummary(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.slice(-2).join("; ");
}

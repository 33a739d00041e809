import type { Section } from "./facts";
import type { Check, CheckArea } from "./types";

/** How many characters of an observed value are kept, so that a table can show it. */
const maxObserved = 400;

/** Creates the rows of one host and area. */
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

  /**
   * A row that is right when what was seen is exactly what was expected.
   *
   * @param observed undefined where a host or a runtime leaves out what it otherwise reports
   */
  equal(check: string, expected: string, observed = "not reported"): void {
    this.add(check, expected, observed, observed === expected);
  }

  /** A row that is right when nothing of the kind was found. */
  none(check: string, found: readonly string[]): void {
    this.equal(check, "none", found.join(", ") || "none");
  }

  /** A row for a command, which prints why it failed. */
  exits(check: string, { code, text }: Section): void {
    this.add(check, "exit 0", code === 0 ? "exit 0" : text, code === 0);
  }

  /** A row for a ping. @param expected where "answers" does not say all */
  answers(check: string, { code, text }: Section, expected = "answers"): void {
    this.add(check, expected, pingSummary(text), code === 0);
  }
}

/** ping(8) sums up in its last two lines. */
function pingSummary(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.slice(-2).join("; ");
}

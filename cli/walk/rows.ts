/** A command that somebody could type, as root on a host. */
export interface ByHand {
  readonly on: string;
  readonly run: string;
}

/** Whether a row is as expected; `not shown` where nothing here can show it, which is no fault. */
type RowState = "ok" | "off" | "not shown";

/** One piece of evidence. */
export interface WalkRow {
  readonly what: string;
  readonly expected: string;
  /** What was read on the machines, never what was configured. */
  readonly seen: string;
  readonly state: RowState;
  readonly byHand: ByHand;
}

/** How many characters of what was seen are kept. */
const mostSeen = 300;

/** Collects the rows of a step. */
export class WalkRows {
  readonly rows: WalkRow[] = [];

  add(what: string, expected: string, seen: string, ok: boolean, byHand: ByHand): void {
    const text = seen.replaceAll(/\s*\n\s*/g, "; ").trim() || "nothing";
    const short = text.length > mostSeen ? `${text.slice(0, mostSeen)}...` : text;
    this.rows.push({ what, expected, seen: short, state: ok ? "ok" : "off", byHand });
  }

  /** A row that is right when what was seen is exactly what was expected. */
  equal(what: string, expected: string, seen: string | undefined, byHand: ByHand): void {
    this.add(what, expected, seen ?? "not there", seen === expected, byHand);
  }

  /** A row for what cannot be seen here. @param why e.g. `not shown by docker` */
  notShown(what: string, why: string, byHand: ByHand): void {
    this.rows.push({ what, expected: "-", seen: why, state: "not shown", byHand });
  }

  /** The same as `equal`, or a row that says who does not show it. */
  equalIfShown(what: string, expected: string, seen: string | undefined, by: string, byHand: ByHand): void {
    if (seen === undefined) this.notShown(what, `not shown by ${by}`, byHand);
    else this.equal(what, expected, seen, byHand);
  }
}

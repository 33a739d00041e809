import type { Facts } from "./facts";
import { Rows } from "./rows";
import type { Check, CheckArea } from "./types";

/** The values that scripts/files.sh gets. */
export const stepFilesValues = { ROOT: "" } as const;

/** What each step of scripts/node prepares, by its number. */
const areas: Readonly<Record<string, CheckArea>> = {
  20: "kernel",
  25: "runtime",
  30: "runtime",
  31: "runtime",
  32: "runtime",
  40: "cni",
  50: "routes",
};

/** A step's files contain all of its settings, including those that no other row checks. */
const asWritten = "as the step wrote them";

/** One row for each step that has written files or links on the host, in the area that the step prepares. */
export function judgeStepFiles(host: string, facts: Facts): Check[] {
  return [...facts.all("step")].flatMap(([step, { text }]) => {
    const rows = new Rows(host, areas[step.slice(0, 2)] ?? "kernel");
    rows.equal(`files of ${step}`, asWritten, text === "" ? asWritten : text);
    return rows.rows;
  });
}

import type { Colors } from "picocolors/types";
import type { Repair } from "../verify/mending";
import type { Check } from "../verify/types";
import { countChecks, renderChecks } from "../verify/checkTable";
import { plainTable, renderTable } from "../output/table";
import { hardway } from "../output/hardway";
import { topicsOfRows } from "../learn/topicsOfRows";

/** What a repair did, or would do. */
export interface RepairOutcome extends Repair {
  readonly preview: boolean;
  /** The last verification. */
  readonly checks: readonly Check[];
  /** What could not be done, as the engine says it. */
  readonly failure?: string | undefined;
}

/** What `verify` prints; when a check failed, it points to `repair`, and to what explains the settings. */
export function renderVerify(lab: string, checks: readonly Check[], colors: Colors, columns?: number): string {
  const table = renderChecks(checks, colors, columns);
  if (checks.every(({ ok }) => ok)) return table;
  const topics = topicsOfRows(checks);
  return [
    table,
    `"${hardway(lab)} repair" runs the steps again that these checks are about.`,
    ...(topics.length === 0
      ? []
      : [`What they are for: ${topics.map((topic) => `./hardway explain ${topic}`).join(", ")}`]),
  ].join("\n");
}

/** How `repair` ends. @param columns width of the terminal; in a pipe nothing is truncated */
export function renderRepair(lab: string, outcome: RepairOutcome, colors: Colors, columns?: number): string {
  const { preview, steps, stack, unreachable, checks, failure } = outcome;
  if (checks.every(({ ok }) => ok) && steps.length === 0 && stack.length === 0)
    return `Nothing to repair in lab "${lab}": ${countChecks(checks)}.`;
  const idle = steps.length === 0 && stack.length === 0;
  const lines = [
    ...(preview ? [] : [renderChecks(checks, colors, columns)]),
    ...(idle
      ? [preview ? "Nothing that hardway could mend is off." : "Nothing was run again."]
      : [preview ? "Would run again, and change only what differs:" : "Ran again:", renderWork(outcome)]),
    ...(unreachable.length > 0 ? [`Not reached, and so not repaired: ${unreachable.join(", ")}.`] : []),
    ...(failure === undefined ? [] : [colors.red("Could not be done:"), failure]),
  ];
  return lines.join("\n");
}

function renderWork({ steps, stack }: Repair): string {
  const table = plainTable();
  if (stack.length > 0) table.push(["  the stack", stack.join("; ")]);
  for (const { host, step, because } of steps) table.push([`  ${host} ${step}`, because.join("; ")]);
  return renderTable(table);
}

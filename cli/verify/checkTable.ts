import type { Colors } from "picocolors/types";
import { oneLine } from "../progress/progress";
import type { Check } from "./types";
import { plainTable, renderTable } from "../output/table";

/** `42 checks ok` or `2 of 42 checks failed`, and which hosts could not be checked further, since the login failed. */
export function countChecks(checks: readonly Check[]): string {
  const failed = checks.filter((check) => !check.ok).length;
  const counted = `${checks.length} ${checks.length === 1 ? "check" : "checks"}`;
  if (failed === 0) return `${counted} ok`;
  const closed = new Set(checks.filter(({ area, ok }) => area === "ssh" && !ok).map(({ host }) => host));
  const rest = closed.size === 0 ? "" : `; nothing else was checked of ${[...closed].join(", ")}`;
  return `${failed} of ${counted} failed${rest}`;
}

const checkWidth = 48;
/** Width of the columns before the last one, with the spaces between them. */
const leftWidth = (area: number) => "FAIL".length + 2 + area + 2 + checkWidth + 2;

/**
 * A table grouped by host with a line for each check; failed checks are repeated at the end with both values.
 *
 * @param columns width of the terminal; in a pipe nothing is truncated
 */
export function renderChecks(checks: readonly Check[], colors: Colors, columns = Infinity): string {
  const valueWidth = Math.max(
    20,
    columns - leftWidth(Math.max("runtime".length, ...checks.map(({ area }) => area.length))),
  );
  const table = plainTable();
  for (const [host, ofHost] of groupByHost(checks)) {
    table.push([{ colSpan: 4, content: colors.bold(host) }]);
    for (const { area, check, observed, ok } of ofHost) {
      table.push([
        ok ? colors.green("ok") : colors.red(colors.bold("FAIL")),
        area,
        clip(check, checkWidth),
        ok ? clip(observed, valueWidth) : colors.red(clip(observed, valueWidth)),
      ]);
    }
  }
  const failures = checks.filter((check) => !check.ok);
  const details = failures.map(
    ({ host, area, check, expected, observed }) =>
      `${colors.red("FAIL")} ${host}: ${area}: ${oneLine(check)}\n  expected: ${oneLine(expected)}\n  observed: ${oneLine(observed)}`,
  );
  const summary = failures.length === 0 ? colors.green(countChecks(checks)) : colors.red(countChecks(checks));
  return [renderTable(table), ...details, summary].join("\n");
}

/** Hosts are in the order of their first checks. */
function groupByHost(checks: readonly Check[]): Map<string, Check[]> {
  const groups = new Map<string, Check[]>();
  for (const check of checks) groups.set(check.host, [...(groups.get(check.host) ?? []), check]);
  return groups;
}

function clip(text: string, length: number): string {
  const line = oneLine(text);
  return line.length <= length ? line : `${line.slice(0, length - 3)}...`;
}

import { structuredPatch } from "diff";
import type { PlannedChange } from "../engine/plannedChanges";
import { readStepText } from "../../components/remote/stepText";
import { nameOfValue } from "./valueWords";

/** The changed lines of one text, as a unified diff without its heading. */
export interface FileDiff {
  /** The script, or what the value or file is called. */
  readonly name: string;
  readonly lines: readonly string[];
}

/** Unchanged lines around a changed one. */
const context = 2;

/**
 * What changes in what a host is sent: short values in one text, files that are rendered, the script and its undo.
 * Empty where one of the two texts is not known yet or is secret.
 */
export function diffStep({ old, new: next }: Pick<PlannedChange, "old" | "new">): FileDiff[] {
  if (old === undefined || next === undefined) return [];
  const [before, after] = [readStepText(old["create"]), readStepText(next["create"])];
  const [undoBefore, undoAfter] = [readStepText(old["delete"]), readStepText(next["delete"])];
  return [
    ...(before === undefined || after === undefined
      ? []
      : [
          ...diffValues(before.values, after.values),
          ...diffText(`scripts/node/${after.script}.sh`, before.text, after.text),
        ]),
    ...(undoBefore === undefined || undoAfter === undefined
      ? []
      : diffText(`scripts/node/${undoAfter.script}.sh`, undoBefore.text, undoAfter.text)),
  ];
}

type Values = Readonly<Record<string, string>>;

function diffValues(before: Values, after: Values): FileDiff[] {
  const names = [...new Set([...Object.keys(after), ...Object.keys(before)])];
  const isLong = (name: string) => [before[name], after[name]].some((value) => value?.includes("\n"));
  const short = (values: Values) =>
    names
      .filter((name) => !isLong(name) && name in values)
      .map((name) => `${name}=${values[name]}\n`)
      .join("");
  return [
    ...diffText("values", short(before), short(after), 0),
    ...names
      .filter(isLong)
      .flatMap((name) =>
        diffText(nameOfValue(name, name in after ? after : before), before[name] ?? "", after[name] ?? ""),
      ),
  ];
}

function diffText(name: string, before: string, after: string, lines = context): FileDiff[] {
  if (before === after) return [];
  // A last line without its end is no difference that matters here.
  const whole = (text: string) => (text === "" || text.endsWith("\n") ? text : `${text}\n`);
  const { hunks } = structuredPatch("", "", whole(before), whole(after), "", "", { context: lines });
  const shown = hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
    `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`,
    ...lines,
  ]);
  return shown.length > 0 ? [{ name, lines: shown }] : [];
}

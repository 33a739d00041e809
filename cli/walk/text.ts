import type { Colors } from "picocolors/types";
import { wrapProse } from "../learn/prose";
import type { WalkRow } from "./rows";
import type { WalkStep } from "./steps/table";
import type { WalkSubject } from "./trail";
import type { WalkedStep } from "./walk";

/** How a walk begins. */
export function renderWalkStart({ pod, own }: Pick<WalkSubject, "pod" | "own">, colors: Colors): string {
  const what = own ? "made for this walk" : "which is only looked at";
  return [
    colors.bold(`The way of the pod ${pod.namespace}/${pod.name}, ${what}`),
    "Each piece of evidence has a command that shows it by hand, as root on that host.",
  ].join("\n");
}

/** A step's title and what happens in it. */
export function renderStepStart({ number, title, why }: WalkStep, colors: Colors): string {
  return ["", colors.bold(`${number}. ${title}`), ...wrapProse(why, 110).map((line) => `   ${line}`)].join("\n");
}

/** The rows of a step, and below rows that the same command shows that command. */
export function renderRows({ rows }: WalkedStep, colors: Colors): string {
  return rows
    .flatMap((row, index) => {
      const { on, run } = row.byHand;
      const next = rows[index + 1]?.byHand;
      const isShownBelow = next?.on === on && next.run === run;
      return [...renderRow(row, colors), ...(isShownBelow ? [] : [`       ${colors.cyan(`${on}#`)} ${run}`])];
    })
    .join("\n");
}

const marks = { ok: "ok ", off: "OFF", "not shown": "-  " } as const;

function renderRow({ what, expected, seen, state }: WalkRow, colors: Colors): string[] {
  const color = { ok: colors.green, off: colors.red, "not shown": colors.yellow }[state];
  const isSaid = state === "not shown" || (state === "ok" && seen.includes(expected));
  return [`   ${color(marks[state])} ${what}: ${seen}`, ...(isSaid ? [] : [`       expected: ${expected}`])];
}

/** How a walk ends. @param kept whether the walk's own pod is still there @param command how the lab's commands begin */
export function renderWalkEnd(
  walked: readonly WalkedStep[],
  { pod, own }: Pick<WalkSubject, "pod" | "own">,
  { kept, command }: { readonly kept: boolean; readonly command: string },
): string {
  const rows = walked.flatMap(({ step, rows }) => rows.map((row) => ({ step, row })));
  const off = rows.filter(({ row }) => row.state === "off");
  const hidden = rows.filter(({ row }) => row.state === "not shown").length;
  const counted = [
    `${rows.length - off.length - hidden} as expected`,
    ...(hidden > 0 ? [`${hidden} not shown here`] : []),
  ];
  return [
    "",
    off.length === 0 ? `${counted.join(", ")}.` : `${counted.join(", ")}, ${off.length} not as expected:`,
    ...off.map(({ step, row }) => `  ${step.number}. ${row.what}: ${row.seen}`),
    ...(off.length > 0
      ? [`Look with "${command} verify"; "${command} repair" mends what a step of the lab made.`]
      : []),
    ...(own && kept
      ? [
          `The pod stays: "${command} walk --pod ${pod.namespace}/${pod.name}" looks at it again,`,
          `"${command} kubectl delete namespace ${pod.namespace}" takes it away.`,
        ]
      : own
        ? ["The pod and its namespace are deleted."]
        : []),
  ].join("\n");
}

import type { Colors } from "picocolors/types";
import { hasChanges, type Summary } from "../engine/engineEvents";
import type { PlannedOperation } from "../engine/plannedChanges";
import type { CloudNode } from "./cloudTree";
import { countWords, type Counts } from "./counts";
import type { HostPreview, StepPreview } from "./hostPreview";
import type { LabPreview } from "./labPreview";
import { policyLines } from "./policyReview";
import type { FileDiff } from "./stepDiff";
import { newMachine } from "./stepReasons";

export interface PreviewText {
  /** The lab's name. */
  readonly lab: string;
  readonly summary: Summary;
  readonly preview: LabPreview;
  /** Whether to add the changed lines of scripts and files. */
  readonly diff: boolean;
}

/** As in `pulumi preview`. */
const marks: Readonly<Record<PlannedOperation, string>> = {
  create: "+",
  update: "~",
  replace: "+-",
  delete: "-",
  same: " ",
};

const operationWords = { create: "create", update: "update in place", replace: "replace", delete: "delete" } as const;
const changeOperations = Object.keys(operationWords) as (keyof typeof operationWords)[];

/** More routes of a host than this are cut; a table of all of them is in the diagram. */
const linesPerStep = 8;

/** What `preview` prints. One that changes nothing is one line, and what the policies say. */
export function renderPreview({ lab, summary, preview, diff }: PreviewText, colors: Colors): string {
  const print = new Printer(colors, diff);
  const changedHosts = preview.hosts.filter(({ steps }) => steps.some(isChanged));
  const idle = preview.hosts.filter((host) => !changedHosts.includes(host)).map(({ name }) => name);
  const cloud = preview.cloud.flatMap((node) => print.cloudNode(node, 1));
  const others = preview.others.filter(isChanged).map(({ operation, text }) => print.line(1, operation, text));
  const sections = [
    [`Preview of lab "${lab}"${headWords(preview, summary)}`, ...print.counts(preview.counts)],
    titled("Cloud", cloud),
    titled("Keys and others", others),
    ...changedHosts.map((host) => print.host(host)),
    idle.length > 0 && changedHosts.length > 0 ? [`Nothing to change on ${idle.join(", ")}.`] : [],
    preview.policies === undefined ? [] : policyLines(preview.policies),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function titled(title: string, lines: readonly string[]): string[] {
  return lines.length > 0 ? [title, ...lines] : [];
}

function isChanged({ operation }: { readonly operation?: PlannedOperation }): boolean {
  return operation !== undefined && operation !== "same";
}

/** What the counts below the head leave out. */
function headWords({ counts }: LabPreview, summary: Summary): string {
  if (changeOperations.some((operation) => counts[operation] !== undefined)) return "";
  if (!hasChanges(summary)) return ": nothing to change.";
  return ": nothing to change; the state alone notes other arguments or outputs of components.";
}

class Printer {
  private readonly paint: Readonly<Record<PlannedOperation, (text: string) => string>>;

  constructor(
    private readonly colors: Colors,
    private readonly diff: boolean,
  ) {
    const { green, yellow, magenta, red, dim } = colors;
    this.paint = { create: green, update: yellow, replace: magenta, delete: red, same: dim };
  }

  /** How many things each operation is for, with its mark. */
  counts(counts: Counts): string[] {
    return changeOperations.flatMap((operation) =>
      counts[operation] === undefined
        ? []
        : [this.line(1, operation, `${operationWords[operation].padEnd(15)} ${countWords(counts[operation])}`)],
    );
  }

  /** @param depth of the indent */
  line(depth: number, operation: PlannedOperation | undefined, text: string): string {
    const mark = operation === undefined ? "" : marks[operation];
    return `${"  ".repeat(depth)}${(operation ? this.paint[operation] : String)(mark.padEnd(2))} ${text}`.trimEnd();
  }

  /** What is unchanged shows only where something in it changes. */
  cloudNode(node: CloudNode, depth: number): string[] {
    const children = node.children.flatMap((child) => this.cloudNode(child, depth + 1));
    if (!isChanged(node) && children.length === 0) return [];
    return [
      this.line(depth, node.operation, node.text),
      ...node.because.map((reason) => this.line(depth + 2, undefined, this.colors.dim(`because: ${reason}`))),
      ...children,
    ];
  }

  host({ name, host, steps }: HostPreview): string[] {
    const isNew = steps.some(({ because }) => because.includes(newMachine));
    const title = host === undefined ? "leaves the lab" : `${host.role}, ${host.address}`;
    const changed = steps.filter(isChanged);
    const nameWidth = Math.max(9, ...changed.map(({ step }) => step.length));
    const kept = steps.filter((step) => !isChanged(step)).map(({ step }) => step);
    return [
      `${this.colors.bold(name)} (${title})${isNew ? ": a new machine, on which all steps are done" : ""}`,
      ...changed.flatMap((step) => this.step(step, nameWidth)),
      ...(kept.length > 0 ? [this.line(1, "same", this.colors.dim(`unchanged: ${kept.join(", ")}`))] : []),
    ];
  }

  private step({ step, operation, does, because, diff }: StepPreview, nameWidth: number): string[] {
    const [first = "", ...rest] = does.length > linesPerStep + 1 ? cut(does) : does;
    const below = (text: string) => `${" ".repeat(nameWidth + 6)}${text}`;
    return [
      this.line(1, operation, `${step.padEnd(nameWidth)} ${first}`),
      ...rest.map(below),
      ...because
        .filter((reason) => reason !== newMachine)
        .map((reason) => below(this.colors.dim(`because: ${reason}`))),
      ...(this.diff ? diff.flatMap((file) => this.file(file)) : []),
    ];
  }

  private file({ name, lines }: FileDiff): string[] {
    const { green, red, cyan } = this.colors;
    const paints: Readonly<Record<string, (text: string) => string>> = { "+": green, "-": red, "@": cyan };
    return [name, ...lines.map((line) => (paints[line[0] ?? ""] ?? String)(line))].map(
      (line) => `${" ".repeat(8)}${line}`,
    );
  }
}

function cut(lines: readonly string[]): string[] {
  return [...lines.slice(0, linesPerStep), `and ${lines.length - linesPerStep} more; --json has all of them`];
}

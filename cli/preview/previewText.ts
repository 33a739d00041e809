import type { Colors } from "picocolors/types";
import { describeSummary, hasChanges, type Summary } from "../engine/engineEvents";
import type { PlannedOperation } from "../engine/plannedChanges";
import type { CloudNode } from "./cloudTree";
import type { HostPreview, StepPreview } from "./hostPreview";
import type { LabPreview } from "./labPreview";
import type { FileDiff } from "./stepDiff";

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

/** More routes of a host than this are cut; a table of all of them is in the diagram. */
const linesPerStep = 8;

/** What `preview` prints. One that changes nothing is one line. */
export function renderPreview({ lab, summary, preview, diff }: PreviewText, colors: Colors): string {
  const head = `Preview of lab "${lab}": ${describeSummary(summary, "planned")}.`;
  if (!hasChanges(summary)) return head;
  const print = new Printer(colors, diff);
  const changedHosts = preview.hosts.filter(({ steps }) => steps.some(isChanged));
  const idle = preview.hosts.filter((host) => !changedHosts.includes(host)).map(({ name }) => name);
  const cloud = preview.cloud.flatMap((node) => print.cloudNode(node, 1));
  const others = preview.others.filter(isChanged).map(({ operation, text }) => print.line(1, operation, text));
  const sections = [
    [head],
    titled("Cloud", cloud),
    titled("Keys and others", others),
    ...changedHosts.map((host) => print.host(host)),
    idle.length > 0 && changedHosts.length > 0 ? [`Nothing to change on ${idle.join(", ")}.`] : [],
    [legend(preview)],
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

/** The marks that were used, in words. */
function legend({ cloud, hosts, others }: LabPreview): string {
  const inTree = (nodes: readonly CloudNode[]): (PlannedOperation | undefined)[] =>
    nodes.flatMap(({ operation, children }) => [operation, ...inTree(children)]);
  const used = new Set([
    ...inTree(cloud),
    ...hosts.flatMap(({ steps }) => steps.map(({ operation }) => operation)),
    ...others.map(({ operation }) => operation),
  ]);
  const words = { create: "create", update: "update in place", replace: "replace", delete: "delete" } as const;
  return (Object.keys(words) as (keyof typeof words)[])
    .filter((operation) => used.has(operation))
    .map((operation) => `${marks[operation]} ${words[operation]}`)
    .join("   ");
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
    const title = host === undefined ? "leaves the lab" : `${host.role}, ${host.address}`;
    const kept = steps.filter((step) => !isChanged(step)).map(({ step }) => step);
    return [
      `${this.colors.bold(name)} (${title})`,
      ...steps.filter(isChanged).flatMap((step) => this.step(step)),
      ...(kept.length > 0 ? [this.line(1, "same", this.colors.dim(`unchanged: ${kept.join(", ")}`))] : []),
    ];
  }

  private step({ step, operation, does, because, diff }: StepPreview): string[] {
    const [first = "", ...rest] = does.length > linesPerStep + 1 ? cut(does) : does;
    const below = (text: string) => `${" ".repeat(15)}${text}`;
    return [
      this.line(1, operation, `${step.padEnd(9)} ${first}`),
      ...rest.map(below),
      ...because.map((reason) => below(this.colors.dim(`because: ${reason}`))),
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

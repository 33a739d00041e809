/** What was measured of one lab; a `type`, so that its keys can be walked. Times in seconds. */
export type ScaleFigures = {
  readonly nodes: number;
  /** In the stack's state. */
  readonly resources: number;
  /** `command:remote:Command` resources. */
  readonly commands: number;
  /** Logins at all hosts during the first `up`. */
  readonly connections: number;
  /** The exported stack. */
  readonly stateKiB: number;
  /** The part of it that is steps' scripts. */
  readonly scriptKiB: number;
  readonly upSeconds: number;
  /** Likewise, with an engine that writes its state only once, at the end. */
  readonly unsavedUpSeconds: number;
  readonly noopUpSeconds: number;
  readonly previewSeconds: number;
};

const columns: readonly (readonly [title: string, key: keyof ScaleFigures, digits: number])[] = [
  ["nodes", "nodes", 0],
  ["resources", "resources", 0],
  ["commands", "commands", 0],
  ["SSH connections", "connections", 0],
  ["state KiB", "stateKiB", 0],
  ["scripts KiB", "scriptKiB", 0],
  ["up s", "upSeconds", 1],
  ["up, state written once s", "unsavedUpSeconds", 1],
  ["no-op up s", "noopUpSeconds", 1],
  ["preview s", "previewSeconds", 1],
];

const grown: readonly (keyof ScaleFigures)[] = [
  "resources",
  "commands",
  "connections",
  "stateKiB",
  "upSeconds",
  "unsavedUpSeconds",
  "noopUpSeconds",
  "previewSeconds",
];

/** How much more each further node takes between the last two sizes than between the first two: 1 is linear, more is worse. */
export function growth(sizes: readonly ScaleFigures[], key: keyof ScaleFigures): number {
  const [first, second, third] = sizes.slice(-3);
  if (first === undefined || second === undefined || third === undefined) return NaN;
  const further = (from: ScaleFigures, to: ScaleFigures): number => (to[key] - from[key]) / (to.nodes - from.nodes);
  return further(second, third) / further(first, second);
}

/** Cost of a node in the largest lab, relative to the one before; the fixed cost of a start lowers it. */
export function perNode(sizes: readonly ScaleFigures[], key: keyof ScaleFigures): number {
  const [before, last] = sizes.slice(-2);
  if (before === undefined || last === undefined) return NaN;
  return last[key] / last.nodes / (before[key] / before.nodes);
}

/** One line of progress. */
export function renderRound(figures: ScaleFigures): string {
  return columns.map(([title, key, digits]) => `${title} ${figures[key].toFixed(digits)}`).join(", ");
}

/** @param sizes medians for each number of nodes, in growing order */
export function renderScale(sizes: readonly ScaleFigures[]): string {
  const [before, last] = sizes.slice(-2);
  const step = `from ${before?.nodes} to ${last?.nodes}`;
  return [
    ...table(sizes),
    `each further node ${step}, against those before (1 is linear): ` +
      grown.map((key) => `${titleOf(key)} ${growth(sizes, key).toFixed(2)}`).join(", "),
    `a node with ${last?.nodes} against a node with ${before?.nodes} (aim: at most 1.5): ` +
      grown.map((key) => `${titleOf(key)} ${perNode(sizes, key).toFixed(2)}`).join(", "),
  ].join("\n");
}

/** @param figures of the same lab without and with a cluster */
export function renderCluster({ without, with: having }: Readonly<Record<"without" | "with", ScaleFigures>>): string {
  const ratios = grown.map((key) => `${titleOf(key)} ${(having[key] / without[key]).toFixed(2)}`);
  return [
    ...table([without, having]),
    `${having.nodes} nodes with a cluster (second line) against the same without: ${ratios.join(", ")}`,
  ].join("\n");
}

function table(labs: readonly ScaleFigures[]): string[] {
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, n) => cell.padStart(columns[n]![0].length))
      .join("  ")
      .trimEnd();
  return [
    line(columns.map(([title]) => title)),
    ...labs.map((figures) => line(columns.map(([, key, digits]) => figures[key].toFixed(digits)))),
  ];
}

function titleOf(key: keyof ScaleFigures): string {
  return (columns.find(([, other]) => other === key)?.[0] ?? key).replace(/ (s|KiB)$/, "");
}

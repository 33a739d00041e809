/** What is read of a report of Ginkgo's (its `--json-report`, types.Report). */
interface Report {
  readonly SpecReports: readonly {
    readonly ContainerHierarchyTexts: readonly string[] | null;
    readonly LeafNodeText: string;
    /** `It` for a test; others are e.g. what is done before the first. */
    readonly LeafNodeType: string;
    readonly State: string;
    /** In nanoseconds. */
    readonly RunTime: number;
    readonly Failure?: {
      readonly Message: string;
      readonly Location: { readonly FileName: string; readonly LineNumber: number };
    };
  }[];
}

export interface Outcome {
  /** A test's full name, or the kind of a step of the suite. */
  readonly name: string;
  /** E.g. `passed`, `failed`, `timedout`, `interrupted`. */
  readonly state: string;
  readonly seconds: number;
  /** Why it is another one than `passed`. */
  readonly failure?: string;
}

/** Tests that were run, and whatever else failed; a test that was skipped, by the selection or by itself, is not among them. */
export function outcomes(json: string): Outcome[] {
  const [report] = JSON.parse(json) as readonly Report[];
  if (report === undefined) throw new Error("The report has no suite");
  return report.SpecReports.filter(({ LeafNodeType: type, State: state }) =>
    type === "It" ? state !== "skipped" : state !== "passed",
  ).map(({ ContainerHierarchyTexts, LeafNodeText, LeafNodeType, State, RunTime, Failure }) => ({
    name: LeafNodeType === "It" ? [...(ContainerHierarchyTexts ?? []), LeafNodeText].join(" ") : LeafNodeType,
    ...{ state: State, seconds: Math.round(RunTime / 1e9) },
    ...(Failure && { failure: `${Failure.Message}\n${Failure.Location.FileName}:${Failure.Location.LineNumber}` }),
  }));
}

/** What failed, for the message of an assertion. */
export function failuresOf(all: readonly Outcome[]): string {
  return all
    .filter(({ state }) => state !== "passed")
    .map(({ name, state, seconds, failure = "" }) => `${name}: ${state} after ${seconds} s\n${failure}`)
    .join("\n\n");
}

/** Makes, of the lines that `--ginkgo.v` prints, one at each test's end: how long it took, how it went, and its name. */
export function lineAfterTest(onTest: (line: string) => void): (line: string) => void {
  let name = "";
  return (line) => {
    // Printed before a test.
    if (line.startsWith("[sig-")) name = line;
    const [, state = "PASSED", seconds] = /^• (?:\[([^\]]+)\] )?\[([\d.]+) seconds\]$/.exec(line) ?? [];
    if (seconds !== undefined)
      onTest(`${Math.round(Number(seconds))} s ${state === "PASSED" ? "" : `${state} `}${name}`);
  };
}

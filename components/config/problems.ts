import { distance } from "fastest-levenshtein";

/** One thing that is wrong with a configuration. */
export interface Problem {
  /** Where: a config key with the path inside it, e.g. `hardway:hosts[1].address`. */
  readonly key: string;
  /** What was found; left out where showing it would leak a secret or say nothing. */
  readonly got?: unknown;
  /** The rule that it breaks, and what to do where that is not plain from the rule. */
  readonly rule: string;
}

/** Every problem of a configuration in one error, one a line. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  constructor(readonly problems: readonly Problem[]) {
    super(problemText("The lab's configuration has", problems));
  }
}

/** Problems as a text, one a line. */
export function problemText(whatHas: string, problems: readonly Problem[]): string {
  const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
  return [`${whatHas} ${count}:`, ...problems.map((problem) => `  - ${describe(problem)}`)].join("\n");
}

function describe({ key, got, rule }: Problem): string {
  return `${key} ${rule}${got === undefined ? "" : `; got ${JSON.stringify(got)}`}`;
}

/** A problem for each value that is in the list before. */
export function repeated(key: string, values: readonly string[]): Problem[] {
  return values.flatMap((value, index) =>
    values.indexOf(value) < index ? [{ key: `${key}[${index}]`, rule: "is there twice", got: value }] : [],
  );
}

/** The known word that `word` is probably a slip of, as ` (did you mean "x"?)`, else an empty string. */
export function didYouMean(word: string, known: readonly string[]): string {
  const ranked = known
    .map((candidate) => ({ candidate, edits: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best !== undefined && best.edits <= Math.max(2, word.length / 3) ? ` (did you mean "${best.candidate}"?)` : "";
}

/** What a host is sent for a step, taken apart again; see `renderScript`. */
export interface StepText {
  /** Name of the script in `scripts/node`, without `.sh`. */
  readonly script: string;
  /** How often the step was asked to run again. */
  readonly runAgain: number;
  /** After which the host ends the script. */
  readonly timeoutSeconds: number;
  /** By variable name; one of several lines has line ends in it. */
  readonly values: Readonly<Record<string, string>>;
  /** The script with what it uses of the libraries. */
  readonly text: string;
}

/** The name of the script that a text runs, e.g. `20-kernel-prep`; undefined for texts that are none of ours. */
export function scriptName(text: string): string | undefined {
  return /^# hardway (\S+)\n/.exec(text)?.[1];
}

/** @returns undefined for a text in another form: one that is not known yet, is secret, or was sent by an older version */
export function readStepText(text: unknown): StepText | undefined {
  if (typeof text !== "string") return undefined;
  const [head = "", ...lines] = text.split(" \\\n");
  const script = scriptName(head);
  const timeoutSeconds = /^ {2}timeout -k 10 (\d+) /.exec(lines[0] ?? "")?.[1];
  const end = lines.indexOf("  --");
  if (script === undefined || timeoutSeconds === undefined || end < 0) return undefined;
  const values: Record<string, string> = {};
  for (const line of lines.slice(1, end)) {
    const [, name, word] = /^ {2}(\w+)=('.*')$/.exec(line) ?? [];
    if (name === undefined || word === undefined) return undefined;
    const value = unquote(word);
    values[name] = name in values ? `${values[name]}\n${value}` : value;
  }
  return {
    script,
    runAgain: Number(/^# run again: (\d+)$/m.exec(head)?.[1] ?? 0),
    timeoutSeconds: Number(timeoutSeconds),
    values,
    text: lines
      .slice(end + 1)
      .map(unquote)
      .join("\n"),
  };
}

/** The word that `quoteWord` was called with. */
function unquote(word: string): string {
  return word.slice(1, -1).replace(/'\\(.)'/g, "$1");
}

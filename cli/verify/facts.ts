import { randomBytes } from "node:crypto";
import type { SshSession } from "../ssh/session";
import { asRoot, scriptText } from "./hostScript";

/** What one command of a script printed, and how it ended. */
export interface Section {
  readonly code: number;
  readonly text: string;
}

/** The sections that a script reported, by name. */
export class Facts {
  constructor(private readonly sections: ReadonlyMap<string, Section>) {}

  /** @throws Error when the script did not report it, which is never taken for an empty answer. */
  get(name: string): Section {
    const section = this.sections.get(name);
    if (section === undefined) throw new Error(`the host did not report "${name}"`);
    return section;
  }

  text(name: string): string {
    return this.get(name).text;
  }

  has(name: string): boolean {
    return this.sections.has(name);
  }

  /** The sections named `<kind> <something>`, by that something and in the order of the report. */
  all(kind: string): Map<string, Section> {
    const prefix = `${kind} `;
    const found = [...this.sections].filter(([name]) => name.startsWith(prefix));
    return new Map(found.map(([name, section]) => [name.slice(prefix.length), section]));
  }
}

/** Makes the text of a reporting script and reads what it prints. */
export class Report {
  /** Begins every line that is not a command's own; nothing that a host prints can know it. */
  readonly #mark = `hardway-${randomBytes(8).toString("hex")}`;

  constructor(
    private readonly script: string,
    private readonly values: Readonly<Record<string, string>>,
  ) {}

  text(): string {
    return [scriptText("lib", { MARK: this.#mark }), scriptText(this.script, this.values)].join("\n");
  }

  parse(output: string): Facts {
    const sections = new Map<string, Section>();
    let current: { name: string; lines: string[] } | undefined;
    for (const line of output.split("\n")) {
      if (line.startsWith(`${this.#mark} begin `)) {
        current = { name: line.slice(this.#mark.length + " begin ".length), lines: [] };
      } else if (line.startsWith(`${this.#mark} end `) && current !== undefined) {
        const code = Number(line.slice(this.#mark.length + " end ".length));
        sections.set(current.name, { code, text: current.lines.join("\n").trim() });
        current = undefined;
      } else current?.lines.push(line);
    }
    return new Facts(sections);
  }
}

export interface CollectOptions {
  /** The host ends the script after this many seconds. */
  readonly timeoutSeconds: number;
  readonly signal?: AbortSignal;
}

/**
 * Runs a script of this folder on a host as root.
 * @throws Error with what the host said when the script could not run to its end.
 */
export async function collectFacts(
  session: SshSession,
  script: string,
  values: Readonly<Record<string, string>>,
  { timeoutSeconds, signal }: CollectOptions,
): Promise<Facts> {
  const report = new Report(script, values);
  // The script travels on standard input, so that a host's log of sudo commands stays readable.
  const command = asRoot("timeout", "-k", "5", String(timeoutSeconds), "sh", "-c", 'eval "$(cat)"');
  const { code, stdout, stderr } = await session.exec(command, {
    stdin: report.text(),
    timeoutSeconds: timeoutSeconds + 10,
    ...(signal === undefined ? {} : { signal }),
  });
  const facts = report.parse(stdout);
  if (code === 124) throw new Error(`inspection did not end within ${timeoutSeconds} s`);
  // A script ends with the status of its last section, so only one without any report has failed as a whole.
  if (!stdout.includes(" end ")) throw new Error(`inspection failed (exit ${code}): ${stderr.trim() || "no output"}`);
  return facts;
}

/** `Key=value` lines as systemctl show prints them. */
export function properties(text: string): Record<string, string> {
  const pairs = text.split("\n").flatMap((line) => {
    const at = line.indexOf("=");
    return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)] as const];
  });
  return Object.fromEntries(pairs);
}

/** Several units, as systemctl show separates them by empty lines. */
export function units(text: string): Record<string, string>[] {
  return text
    .split(/\n{2,}/)
    .map(properties)
    .filter((unit) => unit["Id"] !== undefined);
}

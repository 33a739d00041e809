import { randomBytes } from "node:crypto";
import { commandLine } from "../../components/remote/commandLine";
import type { SshSession } from "../ssh/session";
import { lockFolder, scriptText } from "./hostScript";

/** What one command of a script printed, and how it ended. */
export interface Section {
  readonly code: number;
  readonly text: string;
}

/** The sections that a script reported, by name. */
export class Facts {
  /** @param ending why the script may not have come to its end */
  constructor(
    private readonly sections: ReadonlyMap<string, Section>,
    private readonly ending = "",
  ) {}

  /** @throws Error when the script did not report it: that is different from an empty answer */
  get(name: string): Section {
    const section = this.sections.get(name);
    if (section === undefined) throw new Error(`the host did not report "${name}"${this.ending}`);
    return section;
  }

  text(name: string): string {
    return this.get(name).text;
  }

  /** The lines of it that are not empty. */
  lines(name: string): string[] {
    return this.text(name).split("\n").filter(Boolean);
  }

  /** The sections named `<kind> <something>`, by that something and in the order of the report. */
  all(kind: string): Map<string, Section> {
    const prefix = `${kind} `;
    const found = [...this.sections].filter(([name]) => name.startsWith(prefix));
    return new Map(found.map(([name, section]) => [name.slice(prefix.length), section]));
  }
}

/** Values by script of this folder, without `.sh`; they run in this order. */
export type Scripts = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Combines reporting scripts into one, and parses what it prints. */
export class Report {
  /** Begins every line that is not output of a command; no host can guess it. */
  readonly #mark = `hardway-${randomBytes(8).toString("hex")}`;

  constructor(private readonly scripts: Scripts) {}

  /** Each script in a shell of its own, so that neither variables nor traps reach the next. */
  text(): string {
    const parts = Object.entries(this.scripts).map(
      ([name, values]) => `(\n${scriptText(name, { SCOPE: name, ...values })})`,
    );
    return [scriptText("lib", { MARK: this.#mark, LOCKS: lockFolder }), ...parts].join("\n");
  }

  parse(output: string, ending?: string): (script: string) => Facts {
    const sections = new Map<string, Map<string, Section>>();
    let current: { scope: string; name: string; lines: string[] } | undefined;
    for (const line of output.split("\n")) {
      const [, what, scope = "", name = ""] =
        (line.startsWith(this.#mark) && / (begin|end) (\S+) ?(.*)/.exec(line)) || [];
      if (what === "begin") current = { scope, name, lines: [] };
      else if (what === "end" && current !== undefined) {
        const own = sections.get(current.scope) ?? new Map<string, Section>();
        sections.set(
          current.scope,
          own.set(current.name, { code: Number(scope), text: current.lines.join("\n").trim() }),
        );
        current = undefined;
      } else current?.lines.push(line);
    }
    return (script) => new Facts(sections.get(script) ?? new Map(), ending);
  }
}

interface CollectOptions {
  /** The host ends the scripts after this many seconds. @default 60 */
  readonly timeoutSeconds?: number;
  readonly signal?: AbortSignal;
}

/**
 * Runs scripts of this folder on a host as root, all in one go: on a small machine, sudo takes longer than most of them.
 * @throws Error with the host's error output when none of them ran
 */
export async function collectFacts(
  session: SshSession,
  scripts: Scripts,
  { timeoutSeconds = 60, signal }: CollectOptions = {},
): Promise<(script: string) => Facts> {
  const report = new Report(scripts);
  // The script goes to standard input, so that the host's log of sudo commands stays readable.
  const command = commandLine(["timeout", "-k", "5", String(timeoutSeconds), "sh", "-c", 'eval "$(cat)"'], true);
  const { code, stdout, stderr } = await session.exec(command, {
    stdin: report.text(),
    timeoutSeconds: timeoutSeconds + 20,
    signal,
  });
  // A script's exit status is that of its last section, so it has failed as a whole only if it reported nothing.
  if (!stdout.includes(" end ")) throw new Error(`inspection failed (exit ${code}): ${stderr.trim() || "no output"}`);
  return report.parse(stdout, code === 124 ? ` within ${timeoutSeconds} s` : "");
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

/** One of several units; without any property when it is not among them. */
export function unitOf(name: string, text: string): Record<string, string> {
  return units(text).find((unit) => unit["Id"] === name) ?? {};
}

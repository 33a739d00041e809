import { stripVTControlCharacters } from "node:util";
import type { DiagnosticEvent, EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation";
import { isProvider, nameOf, typeOfUrn } from "./deployment";
import { adviceFor } from "./ec2Advice";
import { formatSeconds, type PhaseReport } from "../progress/progress";

/** How many resources the run created, changed and so on. */
export interface Summary {
  readonly create: number;
  readonly update: number;
  readonly replace: number;
  readonly delete: number;
  readonly same: number;
}

/** What went wrong with one resource, or with the program (no resource). */
export interface ResourceError {
  /** Logical name, which ends in the host's name: `lab-kernel-node-0`. */
  readonly resource?: string;
  /** `hardway:index:KernelPrep`, `command:remote:Command`. */
  readonly type?: string;
  readonly message: string;
}

/** Operations that take time on a host, and what to call them while they run and when they are done. */
const verbs: Readonly<Record<string, readonly [running: string, done: string]>> = {
  create: ["creating", "created"],
  update: ["updating", "updated"],
  delete: ["deleting", "deleted"],
  replace: ["replacing", "replaced"],
  "create-replacement": ["creating again", "created again"],
  "delete-replaced": ["deleting the old one", "deleted the old one"],
  discard: ["forgetting", "forgotten"],
};

/** What a step says that it is doing; see `tell` in `scripts/node/lib.sh`. */
const tellings = /^\.\.\. (.*)$/gm;

/** A host's script can print a lot; the reason for a failure is at the end. */
const messageLines = 12;

/** Turns the engine's events into progress, a summary and errors. */
export class EngineEvents {
  readonly #started = new Map<string, number>();
  readonly #diagnostics = new Map<string, string[]>();
  readonly #failed = new Set<string>();
  #changes: Readonly<Record<string, number | undefined>> = {};
  #done = 0;

  constructor(
    private readonly report: PhaseReport,
    private readonly now: () => number = () => performance.now(),
  ) {}

  readonly handle = (event: EngineEvent): void => {
    if (event.resourcePreEvent) this.#begin(event.resourcePreEvent.metadata, event.resourcePreEvent.planning === true);
    else if (event.resOutputsEvent) this.#end(event.resOutputsEvent.metadata);
    else if (event.resOpFailedEvent) this.#fail(event.resOpFailedEvent.metadata);
    else if (event.summaryEvent) this.#changes = event.summaryEvent.resourceChanges;
    else if (event.diagnosticEvent) this.#diagnostic(event.diagnosticEvent);
  };

  get summary(): Summary {
    const count = (key: string) => this.#changes[key] ?? 0;
    return {
      create: count("create"),
      update: count("update"),
      replace: count("replace") + count("create-replacement"),
      delete: count("delete"),
      same: count("same"),
    };
  }

  /** Each failed resource once. */
  get errors(): readonly ResourceError[] {
    const silent = [...this.#failed]
      .filter((urn) => !this.#diagnostics.has(urn))
      .map((urn): [string, string[]] => [urn, []]);
    return [...this.#diagnostics, ...silent].flatMap(([urn, messages]) => {
      const told = [...new Set(messages)].filter((message) => !isEcho(message));
      if (told.length === 0 && !this.#failed.has(urn)) return [];
      const message = told.map((text) => withAdvice(tail(text))).join("\n") || "failed without a message";
      return [isResource(urn) ? { resource: nameOf(urn), type: typeOfUrn(urn), message } : { message }];
    });
  }

  #begin({ op, urn, new: next, old }: StepEventMetadata, planning: boolean): void {
    const verb = verbs[op];
    if (verb === undefined || planning || !(next ?? old)?.custom || isProvider(typeOfUrn(urn))) return;
    this.#started.set(urn, this.now());
    this.report.part(labelOf(urn), verb[0]);
    this.#count();
  }

  #end({ op, urn }: StepEventMetadata): void {
    const startedAt = this.#started.get(urn);
    if (startedAt === undefined) return;
    this.#started.delete(urn);
    this.#done++;
    this.report.part(labelOf(urn), `${verbs[op]?.[1] ?? "done"} in ${formatSeconds((this.now() - startedAt) / 1000)}`);
    this.report.partDone(labelOf(urn));
    this.#count();
  }

  #fail({ urn }: StepEventMetadata): void {
    this.#failed.add(urn);
    this.#started.delete(urn);
    this.report.part(labelOf(urn), "failed");
    this.report.partDone(labelOf(urn));
    this.#count();
  }

  #diagnostic({ severity, urn = "", message }: DiagnosticEvent): void {
    if (severity === "error") this.#diagnostics.set(urn, [...(this.#diagnostics.get(urn) ?? []), plain(message)]);
    if (!this.#started.has(urn)) return;
    for (const [, told] of plain(message).matchAll(tellings)) this.report.part(labelOf(urn), told ?? "");
  }

  #count(): void {
    this.report.counter(`${this.#done} done, ${this.#started.size} under way`);
  }
}

/** `3 created, 1 deleted`, or `nothing changed`. */
export function describeSummary(summary: Summary): string {
  const words = { create: "created", update: "updated", replace: "replaced", delete: "deleted" } as const;
  const parts = (Object.keys(words) as (keyof typeof words)[])
    .filter((key) => summary[key] > 0)
    .map((key) => `${summary[key]} ${words[key]}`);
  return parts.join(", ") || "nothing changed";
}

export function hasChanges(summary: Summary): boolean {
  return summary.create + summary.update + summary.replace + summary.delete > 0;
}

/** How a line of progress names a resource. On AWS several resources have the same name, so it adds the type: `Subnet lab-0`. */
function labelOf(urn: string): string {
  const type = typeOfUrn(urn);
  return type.startsWith("aws:") ? `${type.split(":").at(-1)} ${nameOf(urn)}` : nameOf(urn);
}

/** The stack resource itself represents the program. */
function isResource(urn: string): boolean {
  return urn !== "" && typeOfUrn(urn) !== "pulumi:pulumi:Stack";
}

function withAdvice(message: string): string {
  const advice = adviceFor(message);
  return advice === undefined ? message : `${message}\n${advice}`;
}

/** The engine reports every failure a second time, without its reason. */
function isEcho(message: string): boolean {
  return /^(update|preview|destroy|refresh) failed$/.test(message) || message === "";
}

/** Without the engine's colour marks (`<{%reset%}>`) and terminal codes. */
function plain(message: string): string {
  return stripVTControlCharacters(message.replace(/<\{%[^%]*%\}>/g, "")).trim();
}

/** Without the script itself, which the command plugin puts between the status and what was printed. */
function tail(message: string): string {
  const lines = message.replace(/^(.{0,200}?): running ".*"(:?)$/m, "$1$2").split("\n");
  if (lines.length <= messageLines) return lines.join("\n");
  // The step's own message is followed by log lines of the service that it is about.
  const verdict = lines.findLastIndex((line) => line.startsWith("hardway: "));
  const rest = Math.min(lines.length + 2 - messageLines, verdict < 1 ? Infinity : verdict);
  return [lines[0], ...(rest > 1 ? ["(...)"] : []), ...lines.slice(rest)].join("\n");
}

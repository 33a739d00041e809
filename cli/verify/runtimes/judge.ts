import { basename } from "node:path";
import type { HandlerPlan, LabPlan, RuntimePlan } from "../../../components/plan/labPlan";
import type { StatusResponse } from "../cri/messages";
import type { Facts, Scripts } from "../facts";
import type { Rows } from "../rows";

/** A sandbox or a container while it is there. */
export interface Subject {
  readonly id: string;
  /** The text `info` of its verbose CRI status; undefined where the runtime has none. */
  readonly info: string | undefined;
  /** Runs scripts of cli/verify/scripts on its host, all in one go. */
  readonly ask: (scripts: Scripts) => Promise<(script: string) => Facts>;
}

/**
 * How one runtime shows what it runs with and how it runs a pod. Each shows other things in other places; what one
 * does not show at all, not even on the host, has no row with it.
 */
export interface RuntimeJudge {
  /**
   * Rows on the configuration that the daemon runs with, and its next start where that can be asked for.
   *
   * @param facts what scripts/runtime.sh reported
   * @param status the CRI's verbose answer, undefined when there was none
   */
  judgeSettings(
    rows: Rows,
    runtime: RuntimePlan,
    cni: LabPlan["cni"],
    facts: Facts,
    status: StatusResponse | undefined,
  ): void;
  seeSandbox(rows: Rows, runtime: RuntimePlan, sandbox: Subject): void | Promise<void>;
  /** @param container of the default handler */
  seeContainer(rows: Rows, runtime: RuntimePlan, container: Subject): void | Promise<void>;
  /** What the daemon calls for the handler's containers; their kernels are looked at whatever the runtime. */
  seeHandler(rows: Rows, handler: HandlerPlan, container: Subject): void | Promise<void>;
}

/** The row's name, what the plan has, and where a source of type `S` has it. */
export type Expectation<S> = [label: string, expected: string, read: (settings: S) => string | undefined];

/** A row for each setting, right when every source that reports it, and at least one, has it as planned. */
export function judgeSources<S>(
  rows: Rows,
  expectations: readonly Expectation<S>[],
  sources: readonly (readonly [name: string, settings: S])[],
): void {
  for (const [label, expected, read] of expectations) {
    const seen = sources.flatMap(([source, settings]) => {
      const value = read(settings);
      return value === undefined ? [] : [{ source, value }];
    });
    const text = seen.map(({ source, value }) => `${value} (${source})`).join(", ");
    rows.add(label, expected, text, seen.length > 0 && seen.every(({ value }) => value === expected));
  }
}

/** The text `info` of a verbose CRI status, undefined where there was none. */
export function parseInfo(info: string | undefined): unknown {
  return info === undefined ? undefined : JSON.parse(info);
}

/** What lies at a path of keys in parsed JSON or TOML. */
export function at(value: unknown, ...path: string[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== "object" || found === null) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}

/** The text that lies there; undefined where it is empty. */
export function textAt(value: unknown, ...path: string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === "string" && found !== "" ? found : undefined;
}

/** A list of folders as one text; undefined where there is none. */
export function foldersAt(value: unknown, ...path: string[]): string | undefined {
  const list = at(value, ...path);
  const all = Array.isArray(list) ? list.filter((folder) => typeof folder === "string" && folder !== "") : [];
  return all.length > 0 ? all.join(":") : undefined;
}

/**
 * A row for the program of a handler in a daemon's table of handlers, which may lack it.
 *
 * @param table the daemon's handlers by name
 * @param key name of the program's path in a handler
 */
export function judgeProgram(rows: Rows, { name, program }: HandlerPlan, table: unknown, key: string): void {
  const names = typeof table === "object" && table !== null ? Object.keys(table).sort() : [];
  const seen = names.includes(name)
    ? asPlanned(program, textAt(table, name, key))
    : `not among ${names.join(", ") || "none"}`;
  rows.equal(`program of ${name}`, program, seen);
}

/** A program's path as the plan names it: the plan has a name alone for what the daemon looks for on its PATH. */
export function asPlanned(program: string, path: string | undefined): string | undefined {
  return program.includes("/") || !path?.startsWith("/") ? path : basename(path);
}

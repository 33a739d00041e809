import { basename } from "node:path";
import type { HandlerPlan, LabPlan, RuntimePlan } from "../../../components/labPlan";
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
 * How to find out what a runtime runs with and how it runs a pod. Each runtime reports different things in different
 * places; there is no row for what it does not show at all, not even on the host.
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
  /** What the daemon calls for the handler's containers; their kernels are checked for every runtime. */
  seeHandler(rows: Rows, handler: HandlerPlan, container: Subject): void | Promise<void>;
}

/** The row's name, the planned value, and how to read it from a source of type `S`. */
export type Expectation<S> = [label: string, expected: string, read: (settings: S) => string | undefined];

/** Adds a row for each setting, which is ok when at least one source reports it and all that do have the planned value. */
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

/** The value at a path of keys in parsed JSON or TOML. */
export function at(value: unknown, ...path: string[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== "object" || found === null) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}

/** The string at a path of keys; undefined where it is empty. */
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
 * Adds a row for a handler's program in a daemon's table of handlers, which may lack the handler.
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

/** A program's path as the plan has it: only the name for a program that the daemon finds on its PATH. */
export function asPlanned(program: string, path: string | undefined): string | undefined {
  return program.includes("/") || !path?.startsWith("/") ? path : basename(path);
}

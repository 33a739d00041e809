import { readFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { readJson, writeWhole } from "../files";
import type { Seen } from "../learn/runExperiment";
import type { LabPaths } from "../paths";
import type { Check } from "../verify/types";

/** The last verification of everything, whatever came of it. */
export interface KeptVerification {
  /** ISO 8601. */
  readonly at: string;
  /** Of the stack's state then; see `revisionOf`. */
  readonly revision: string;
  readonly checks: readonly Check[];
}

/** The last run of an experiment. */
export interface KeptExperiment {
  readonly name: string;
  /** The worker that was broken. */
  readonly node: string;
  /** ISO 8601. */
  readonly at: string;
  /** Whether it was left broken. */
  readonly kept: boolean;
  readonly seen: readonly Seen[];
}

/** Characters of an output that are kept: experiments look at a few lines. */
const mostOutput = 4000;

/** Compressed, since the rows of a large lab are alike: those of 50 workers are megabytes of text. */
export function keepVerification(paths: LabPaths, checks: readonly Check[], revision: string): void {
  const kept: KeptVerification = { at: new Date().toISOString(), revision, checks };
  writeWhole(paths.lastChecks, gzipSync(JSON.stringify(kept)));
}

/** @returns undefined where nothing was kept yet */
export function keptVerification(paths: LabPaths): KeptVerification | undefined {
  try {
    const kept = JSON.parse(gunzipSync(readFileSync(paths.lastChecks)).toString()) as Partial<KeptVerification> | null;
    const isWhole = typeof kept?.at === "string" && Array.isArray(kept.checks);
    return isWhole ? (kept as KeptVerification) : undefined;
  } catch {
    return undefined;
  }
}

/** In the place of an earlier run of the same experiment. */
export function keepExperiment(paths: LabPaths, run: Omit<KeptExperiment, "at">): void {
  const others = keptExperiments(paths).filter(({ name }) => name !== run.name);
  const seen = run.seen.map((one) => ({ ...one, output: clipped(one.output) }));
  const all: KeptExperiment[] = [...others, { ...run, at: new Date().toISOString(), seen }];
  writeWhole(paths.experiments, `${JSON.stringify(all)}\n`);
}

/** In the order in which they were run. */
export function keptExperiments(paths: LabPaths): readonly KeptExperiment[] {
  const kept = readJson<unknown>(paths.experiments);
  return Array.isArray(kept) ? (kept as KeptExperiment[]) : [];
}

function clipped(output: string): string {
  const more = output.length - mostOutput;
  return more > 0 ? `${output.slice(0, mostOutput)}\n(${more} more characters)` : output;
}

import { createHash } from "node:crypto";
import type { LabPlan } from "../../components/plan/labPlan";
import { readJson, writeWhole } from "../files";
import type { LabPaths } from "../paths";
import type { Check } from "../verify/types";
import type { LabInstance } from "./instances";

/** How the last run of the engine ended, for `status`. */
export interface LastRun {
  readonly command: string;
  /** ISO 8601. */
  readonly at: string;
  readonly result: "succeeded" | "failed" | "interrupted";
  readonly summary?: Readonly<Record<string, number>>;
}

export function saveLastRun(paths: LabPaths, run: Omit<LastRun, "at">): void {
  writeWhole(paths.lastRun, `${JSON.stringify({ ...run, at: new Date().toISOString() }, null, 2)}\n`);
}

export function readLastRun(paths: LabPaths): LastRun | undefined {
  return readJson<LastRun>(paths.lastRun);
}

/** A verification that passed, and what it is worth: it holds for this plan on these boots of the machines. */
export interface Verified {
  readonly at: string;
  readonly of: string;
  readonly checks: readonly Check[];
}

/** @param machines only instances of the embedded EC2: whether another host was rebooted cannot be known from here. */
export function saveVerified(
  paths: LabPaths,
  plan: LabPlan,
  machines: readonly LabInstance[],
  checks: readonly Check[],
): void {
  const verified: Verified = { at: new Date().toISOString(), of: fingerprint(plan, machines), checks };
  writeWhole(paths.verified, `${JSON.stringify(verified)}\n`);
}

export function readVerified(paths: LabPaths, plan: LabPlan, machines: readonly LabInstance[]): Verified | undefined {
  const verified = readJson<Verified>(paths.verified);
  return verified?.of === fingerprint(plan, machines) ? verified : undefined;
}

function fingerprint(plan: LabPlan, machines: readonly LabInstance[]): string {
  const boots = machines.map(({ id, pid, startedAt }) => ({ id, pid, startedAt }));
  return createHash("sha256").update(JSON.stringify({ plan, boots })).digest("hex");
}

import type { CloudInstance } from "../../cloud/daemon/control";
import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import type { LabPlan } from "../../components/labPlan";
import { readJson, writeWhole } from "../files";
import type { LabPaths } from "../paths";

/**
 * A verification that passed. It holds for this plan, as it was built then, and until one of the machines boots again.
 */
export interface Verified {
  /** ISO 8601. */
  readonly at: string;
  /** How many checks there were. */
  readonly checks: number;
  /** What it was made from; see `fingerprint`. */
  readonly of: string;
}

/** What a lab consists of, as far as that is known without asking its hosts. */
export interface LabIdentity {
  readonly plan: LabPlan;
  /** Of the stack's state; see `revisionOf`. */
  readonly revision: string;
  /** Only instances of the embedded EC2: whether another host was rebooted cannot be known from here. */
  readonly machines: readonly CloudInstance[];
}

/** Keeps it for an `up` that changes nothing; does nothing for a lab without machines of the embedded EC2. */
export function saveVerified(paths: LabPaths, lab: LabIdentity, checks: number): void {
  if (lab.machines.length === 0) return;
  keepVerified(paths, { at: new Date().toISOString(), checks, of: fingerprint(lab) });
}

export function keepVerified(paths: LabPaths, verified: Verified): void {
  writeWhole(paths.verified, `${JSON.stringify(verified)}\n`);
}

/**
 * Removes the record and returns it, before a host is changed or checked again: a run that fails or is killed then
 * leaves none. A run that has changed nothing puts it back.
 */
export function takeVerified(paths: LabPaths): Verified | undefined {
  const verified = readJson<Partial<Verified> | null>(paths.verified);
  rmSync(paths.verified, { force: true });
  return typeof verified?.checks === "number" ? (verified as Verified) : undefined;
}

export function holdsFor(verified: Verified, lab: LabIdentity): boolean {
  return verified.of === fingerprint(lab);
}

function fingerprint({ plan, revision, machines }: LabIdentity): string {
  const boots = machines.map(({ id, pid, startedAt }) => ({ id, pid, startedAt }));
  return createHash("sha256").update(JSON.stringify({ plan, revision, boots })).digest("hex");
}

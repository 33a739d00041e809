import type { Colors } from "picocolors/types";
import type { LabPlan } from "../../components/plan/labPlan";
import type { Check } from "../verify/types";
import { countChecks, renderChecks } from "./checks";

export interface Verification {
  readonly checks: readonly Check[];
  /** When an earlier run made these checks; nothing has changed since. */
  readonly since?: string;
}

export interface UpOutcome {
  /** The lab's name. */
  readonly lab: string;
  /** Whether the stack or a machine changed. */
  readonly changed: boolean;
  readonly plan: LabPlan;
  /** `undefined` with --skip-verify. */
  readonly verification: Verification | undefined;
}

/**
 * How `up` ends: the verification, and, when something changed and all is ok, what to do with the lab.
 *
 * @param columns width of the terminal; in a pipe nothing is cut.
 */
export function renderUp({ lab, changed, plan, verification }: UpOutcome, colors: Colors, columns?: number): string {
  const { checks = [], since } = verification ?? {};
  if (since !== undefined)
    return `Nothing changed; ${countChecks(checks)} at ${since}, and still the same machines and plan.`;
  const verified = verification === undefined ? "Not verified (--skip-verify)." : renderChecks(checks, colors, columns);
  if (!changed) return `${verified}\nNothing changed.`;
  return checks.every((check) => check.ok) ? `${verified}\n${renderHints(lab, plan)}` : verified;
}

function renderHints(name: string, plan: LabPlan): string {
  const lab = name === "dev" ? "" : ` --lab ${name}`;
  const node = plan.hosts.find((host) => host.role === "worker")?.name ?? plan.hosts[0]?.name ?? "server";
  const steps = [
    [`./hardway${lab} ssh ${node}`, "look around on a node"],
    [`./hardway${lab} ssh ${node} -- ip route`, "see its pod routes"],
    [`./hardway${lab} verify`, "check everything again"],
    [`eval "$(./hardway${lab} env)"; pulumi preview`, "work with Pulumi itself"],
    [`./hardway${lab} down`, "remove the lab"],
  ] as const;
  const width = Math.max(...steps.map(([command]) => command.length));
  const lines = steps.map(([command, purpose]) => `  ${command.padEnd(width)}  ${purpose}`);
  return [`Lab "${name}" is ready. What now:`, ...lines].join("\n");
}

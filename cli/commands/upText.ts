import { hardway } from "../output/hardway";
import type { Colors } from "picocolors/types";
import type { LabPlan } from "../../components/labPlan";
import type { Verified } from "../lab/lastVerification";
import type { Check } from "../verify/types";
import { renderChecks } from "../verify/checkTable";
import { workersOf } from "../verify/cluster/nodes";

/** The checks of this run, or an earlier verification that passed and after which nothing has changed. */
export type Verification =
  | { readonly checks: readonly Check[]; readonly earlier?: undefined }
  | { readonly earlier: Verified; readonly checks?: undefined };

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
 * @param columns width of the terminal; in a pipe nothing is truncated
 */
export function renderUp({ lab, changed, plan, verification }: UpOutcome, colors: Colors, columns?: number): string {
  const { checks = [], earlier } = verification ?? {};
  if (earlier !== undefined) return `Nothing changed.\n${renderEarlier(lab, earlier)}`;
  const verified = verification === undefined ? "Not verified (--skip-verify)." : renderChecks(checks, colors, columns);
  if (!changed) return `${verified}\nNothing changed.`;
  return checks.every((check) => check.ok) ? `${verified}\n${renderHints(lab, plan)}` : verified;
}

function renderEarlier(lab: string, { at, checks }: Verified): string {
  const counted = checks === 1 ? "1 check was" : `${checks} checks were`;
  return `The hosts were not looked at again: ${counted} ok at ${at}; "${hardway(lab)} verify" looks now.`;
}

function renderHints(lab: string, plan: LabPlan): string {
  const command = hardway(lab);
  const [node = plan.hosts[0]?.name ?? "server", other = "outside"] = workersOf(plan).map(({ name }) => name);
  const steps: (readonly [command: string, purpose: string])[] = [
    [`${command} ssh ${node}`, "look around on a node"],
    [`${command} ssh ${node} -- ip route`, "see its pod routes"],
    ...(plan.cluster === undefined ? [] : [[`${command} kubectl get nodes`, "use the cluster"] as const]),
    [`${command} verify`, "check everything again"],
    [`${command} explain`, "read why each step and setting is there, and how to do it by hand"],
    [`${command} try`, "break a setting on purpose, and see what depends on it"],
    [`${command} follow ${node} ${other}`, "see a packet's whole way from a pod: addresses, rules, routes"],
    ...(lab === "dev"
      ? [["./hardway --lab cluster up", "build a Kubernetes cluster, in a lab of its own"] as const]
      : []),
    [`eval "$(${command} env)"; pulumi preview`, "work with Pulumi itself"],
    [`${command} down`, "remove the lab"],
  ];
  const width = Math.max(...steps.map(([command]) => command.length));
  const lines = steps.map(([command, purpose]) => `  ${command.padEnd(width)}  ${purpose}`);
  return [`Lab "${lab}" is ready. What now:`, ...lines].join("\n");
}

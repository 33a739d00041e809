import type { NodeRuntime } from "../../components/completeLab";
import type { LabClusterArgs } from "../../components/labArgs";
import type { LabPlan } from "../../components/labPlan";
import type { PlannedHost } from "../../components/plan/routes";

/** Where the words about a step come from. */
export interface StepFacts {
  readonly plan: LabPlan;
  readonly host: PlannedHost;
  /** Of the checked configuration, where it can be read; it knows versions and stores, which the plan leaves out. */
  readonly runtime?: NodeRuntime;
  /** Of the same, in a lab with a cluster. */
  readonly cluster?: LabClusterArgs;
}

/** Where programs come from that are no packages. */
export const releaseSources = {
  release: "from the project's release",
  mirror: "from the mirror",
} as const;

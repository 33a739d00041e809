import type * as pulumi from "@pulumi/pulumi";
import type { CompleteLab } from "./completeLab";
import type { Host } from "./labArgs";
import { runAgainOf, type StepName } from "./plan/steps";

/** A host of a lab, and what is made for it. */
export interface LabHost {
  readonly host: Host;
  /** The machine, where it is one of ours. */
  readonly machine?: pulumi.Resource;
}

/** Name of a step's component, e.g. `lab-kernel-node-0`. */
export function stepName(lab: string, step: StepName | "reachable", { name }: Host): string {
  return `${lab}-${step}-${name}`;
}

/** What every step that changes a host gets. */
export function stepArgs(lab: CompleteLab, step: StepName, { name, connection }: Host) {
  return { connection, runAgain: runAgainOf(lab.runAgain, name, step) };
}

/**
 * Steps on a machine of ours end with it: none is undone on a machine that is removed or gone, and all are done again on
 * the one that replaces it.
 */
export function stepOptions(
  parent: pulumi.Resource,
  machine: pulumi.Resource | undefined,
  after: readonly pulumi.Resource[],
): pulumi.ComponentResourceOptions {
  return {
    parent,
    ...(machine === undefined ? {} : { deletedWith: machine }),
    ...(after.length === 0 ? {} : { dependsOn: [...after] }),
  };
}

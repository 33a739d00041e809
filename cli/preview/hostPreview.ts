import type { LabConfig } from "../../components/config/parse";
import type { LabPlan } from "../../components/labPlan";
import type { PlannedHost } from "../../components/plan/routes";
import type { PlannedOperation, PlannedChange } from "../engine/plannedChanges";
import { hostSteps, stepOfResource } from "../engine/sentScripts";
import { diffStep, type FileDiff } from "./stepDiff";
import { secretReasons } from "./secretReasons";
import { stepReasons } from "./stepReasons";
import { stepWords, type HostStepName } from "./stepWords";

/** What becomes of one step of a host. */
export interface StepPreview {
  readonly step: HostStepName;
  readonly operation: PlannedOperation;
  /** What the step does, with the values that matter. */
  readonly does: readonly string[];
  /** Why it runs; empty for one that is new, goes or stays. */
  readonly because: readonly string[];
  /** What changes in its values, in the files that it writes and in its script. */
  readonly diff: readonly FileDiff[];
}

export interface HostPreview {
  readonly name: string;
  /** Undefined for a host that leaves the lab. */
  readonly host?: PlannedHost;
  readonly steps: readonly StepPreview[];
}

export interface HostsRequest {
  readonly changes: readonly PlannedChange[];
  readonly components: readonly PlannedChange[];
  /** Undefined where it is known only once something is made. */
  readonly plan?: LabPlan;
  /** The checked configuration, where it can be read. */
  readonly config?: LabConfig;
}

/** What becomes of the hosts: those of the plan in its order, then those that leave the lab. */
export function previewHosts({ changes, components, plan, config }: HostsRequest): HostPreview[] {
  const found = changes.flatMap((change) => {
    const step = stepOfResource(change.type, change.name);
    return step === undefined ? [] : [{ ...step, change }];
  });
  const names = new Set([...(plan?.hosts ?? []).map(({ name }) => name), ...found.map(({ host }) => host)]);
  return [...names].map((name) => {
    const host = plan?.hosts.find((planned) => planned.name === name);
    const facts =
      plan === undefined || host === undefined
        ? undefined
        : { plan, host, runtime: config?.runtimes[name], cluster: config?.cluster };
    const machine = machineOperation(changes, name);
    const steps = found
      .filter((each) => each.host === name)
      .map(({ step, change }): StepPreview => {
        const { operation } = change;
        const does =
          operation === "delete" ? undone(step, machine) : facts === undefined ? later : stepWords(step, facts);
        return {
          step,
          operation,
          does,
          because: stepReasons(change, machine === "replace", secretReasons(change, name, { changes, components })),
          diff: diffStep(change),
        };
      })
      .sort((one, other) => hostSteps.indexOf(one.step) - hostSteps.indexOf(other.step));
    return { name, ...(host !== undefined && { host }), steps };
  });
}

const later = ["its values are known later"];

/** Steps end with a machine of ours, which is never undone first. */
function undone(step: HostStepName, machine: PlannedOperation | undefined): string[] {
  if (step === "reachable") return ["nothing to undo"];
  return [machine === "delete" || machine === "replace" ? "ends with its machine" : "undone on the host"];
}

/** What becomes of the host's machine; undefined where it is not ours. */
function machineOperation(changes: readonly PlannedChange[], host: string): PlannedOperation | undefined {
  return changes.find(({ type, name }) => type === "aws:ec2/instance:Instance" && name === `lab-${host}`)?.operation;
}

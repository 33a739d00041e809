import type { LabConfig } from "../../components/config/parse";
import { authoritiesStash, hostOfStash } from "../../components/cluster/stashNames";
import { planVersion, type LabPlan } from "../../components/labPlan";
import { isUnknown, type PlannedOperation, type PlannedChange } from "../engine/plannedChanges";
import type { StackPreview } from "../engine/labStack";
import { byNumber } from "./byNumber";
import { cloudTree, type CloudNode } from "./cloudTree";
import { countChanges, kindOf, type Counts, type PlannedKind } from "./counts";
import { labPki } from "./secretReasons";
import { previewHosts, type HostPreview } from "./hostPreview";
import { reviewPolicies, type PolicyReview } from "./policyReview";

/** What `up` would do to a lab. */
export interface LabPreview {
  readonly counts: Counts;
  readonly cloud: readonly CloudNode[];
  readonly hosts: readonly HostPreview[];
  /** What is neither on EC2 nor on a host. */
  readonly others: readonly OtherPreview[];
  /** Undefined where no rules were checked. */
  readonly policies?: PolicyReview;
}

export interface OtherPreview {
  readonly name: string;
  readonly text: string;
  readonly operation: PlannedOperation;
}

/** @param config the checked configuration, where it can be read */
export function previewLab({ changes, components, outputs, policies }: StackPreview, config?: LabConfig): LabPreview {
  const plan = plannedLab(outputs);
  return {
    counts: countChanges(changes),
    cloud: cloudTree(changes, plan),
    hosts: previewHosts({ changes, components, plan, config }),
    others: changes.flatMap(other).sort((one, another) => byNumber(one.text, another.text)),
    ...(policies !== undefined && { policies: reviewPolicies(policies) }),
  };
}

/** Undefined where it is known only once something is made. */
function plannedLab({ plan }: StackPreview["outputs"]): LabPlan | undefined {
  if (typeof plan !== "object" || plan === null || hasUnknown(plan)) return undefined;
  return (plan as LabPlan).version === planVersion ? (plan as LabPlan) : undefined;
}

function hasUnknown(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.values(value).some(hasUnknown);
  return isUnknown(value);
}

/** Nothing for what is shown in the cloud or on a host. */
const otherWords: Partial<Readonly<Record<PlannedKind, (name: string, type: string) => string>>> = {
  keys: keyWords,
  certificates: certificateWords,
  others: (name, type) => `${name} (${type})`,
};

function other(change: PlannedChange): OtherPreview[] {
  const { name, type, operation } = change;
  const text = otherWords[kindOf(change)]?.(name, type);
  return text === undefined ? [] : [{ name, operation, text }];
}

/** What the program keeps for itself are the certificates and keys of a cluster. */
function certificateWords(name: string): string {
  if (name === authoritiesStash(labPki)) return "the cluster's authorities and keys";
  const host = hostOfStash(labPki, name);
  return host === undefined ? `certificates and keys (${name})` : `certificates of ${host} for the cluster`;
}

/** The only commands on this computer make SSH keys. */
function keyWords(name: string): string {
  const host = /^lab-(.+)-host-key$/.exec(name)?.[1];
  return host === undefined ? `SSH key for logging in (${name})` : `SSH host key of ${host}`;
}

import type { LabConfig } from "../../components/config/parse";
import { planVersion, type LabPlan } from "../../components/labPlan";
import { isUnknown, type PlannedOperation, type PlannedChange } from "../engine/plannedChanges";
import type { StackPreview } from "../engine/labStack";
import { stepOfResource } from "../engine/sentScripts";
import { cloudTree, type CloudNode } from "./cloudTree";
import { countChanges, type Counts } from "./counts";
import { previewHosts, type HostPreview } from "./hostPreview";
import { reviewPolicies, type PolicyReview } from "./policyReview";

/** What `up` would do to a lab. */
export interface LabPreview {
  readonly counts: Counts;
  readonly cloud: readonly CloudNode[];
  readonly hosts: readonly HostPreview[];
  /** What is neither on EC2 nor on a host. */
  readonly others: readonly { readonly name: string; readonly text: string; readonly operation: PlannedOperation }[];
  /** Undefined where no rules were checked. */
  readonly policies?: PolicyReview;
}

/** @param config the checked configuration, where it can be read */
export function previewLab({ changes, outputs, policies }: StackPreview, config?: LabConfig): LabPreview {
  const plan = plannedLab(outputs);
  return {
    counts: countChanges(changes),
    cloud: cloudTree(changes, plan),
    hosts: previewHosts({ changes, plan, config }),
    others: changes
      .filter(isOther)
      .map(({ name, type, operation }) => ({ ...{ name, operation }, text: otherWords(type, name) }))
      .sort((one, other) => one.text.localeCompare(other.text, "en", { numeric: true })),
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

function isOther({ type, name }: PlannedChange): boolean {
  return !type.startsWith("aws:") && stepOfResource(type, name) === undefined;
}

function otherWords(type: string, name: string): string {
  if (type === "command:local:Command") return keyWords(name);
  if (type === "pulumi:index:Stash") return certificateWords(name);
  return `${name} (${type})`;
}

/** What the program keeps for itself are the certificates and keys of a cluster. */
function certificateWords(name: string): string {
  const of = /^lab-pki-(.+)$/.exec(name)?.[1];
  if (of === undefined) return `certificates and keys (${name})`;
  return of === "authorities" ? "the cluster's authorities and keys" : `certificates of ${of} for the cluster`;
}

/** The only commands on this computer make SSH keys. */
function keyWords(name: string): string {
  const host = /^lab-(.+)-host-key$/.exec(name)?.[1];
  return host === undefined ? `SSH key for logging in (${name})` : `SSH host key of ${host}`;
}

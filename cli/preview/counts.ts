import type { PlannedChange, PlannedOperation } from "../engine/plannedChanges";
import { stepOfResource } from "../engine/sentScripts";

/** What a reader counts; components only hold such things together. */
const kinds = ["machines", "cloud", "keys", "certificates", "steps", "others"] as const;

export type PlannedKind = (typeof kinds)[number];

/** How many things of a kind an operation is for; those with none are left out. */
export type Counts = Partial<Readonly<Record<PlannedOperation, Partial<Readonly<Record<PlannedKind, number>>>>>>;

export function countChanges(changes: readonly PlannedChange[]): Counts {
  const counts: Partial<Record<PlannedOperation, Partial<Record<PlannedKind, number>>>> = {};
  for (const change of changes) {
    const ofOperation = (counts[change.operation] ??= {});
    const kind = kindOf(change);
    ofOperation[kind] = (ofOperation[kind] ?? 0) + 1;
  }
  return counts;
}

/** `3 machines, 17 other cloud resources, 4 keys, 13 steps on hosts`. */
export function countWords(counts: Counts[PlannedOperation] = {}): string {
  const plural = (count: number, one: string) => `${count} ${one}${count === 1 ? "" : "s"}`;
  const words: Readonly<Record<PlannedKind, (count: number) => string>> = {
    machines: (count) => plural(count, "machine"),
    cloud: (count) => plural(count, counts.machines === undefined ? "cloud resource" : "other cloud resource"),
    keys: (count) => plural(count, "SSH key"),
    certificates: (count) => `${plural(count, "set")} of certificates`,
    steps: (count) => `${plural(count, "step")} on hosts`,
    others: (count) => plural(count, "other resource"),
  };
  return kinds.flatMap((kind) => (counts[kind] === undefined ? [] : [words[kind](counts[kind])])).join(", ");
}

export function kindOf({ type, name }: PlannedChange): PlannedKind {
  if (type === "aws:ec2/instance:Instance") return "machines";
  if (type.startsWith("aws:")) return "cloud";
  if (type === "command:local:Command") return "keys";
  if (type === "pulumi:index:Stash") return "certificates";
  return stepOfResource(type, name) === undefined ? "others" : "steps";
}

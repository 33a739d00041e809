import type { PolicyFinding, PolicyVerdict } from "../engine/policyFindings";
import { hostSteps, stepOfName } from "../engine/sentScripts";
import { byNumber } from "./byNumber";

const levels: readonly PolicyFinding["level"][] = ["mandatory", "advisory"];

/** A resource that breaks a rule. */
export interface Culprit {
  /** E.g. `lab-kernel-node-0` and `command:remote:Command`. */
  readonly name: string;
  readonly type: string;
  /** Of a step, where it is one. */
  readonly host?: string;
  readonly step?: string;
}

/** A rule that is broken, with all that breaks it. */
export interface BrokenRule {
  readonly rule: string;
  readonly level: PolicyFinding["level"];
  readonly reason: string;
  readonly remedy: string;
  readonly findings: readonly { readonly found: string; readonly resources: readonly Culprit[] }[];
}

export interface PolicyReview {
  /** Names of the rules that were checked. */
  readonly checked: readonly string[];
  /** Mandatory ones first. */
  readonly broken: readonly BrokenRule[];
}

/** What a policy pack says, by rule and then by what was found; sorted, since the engine comes to resources in any order. */
export function reviewPolicies({ checked, findings }: PolicyVerdict): PolicyReview {
  const sorted = findings.toSorted(
    (one, other) =>
      levels.indexOf(one.level) - levels.indexOf(other.level) ||
      byNumber(one.rule, other.rule) ||
      byNumber(one.found, other.found) ||
      stepIndex(one) - stepIndex(other) ||
      byNumber(one.name, other.name),
  );
  const broken = groups(sorted, ({ rule }) => rule).map((ofRule): BrokenRule => {
    const [{ rule, level, reason, remedy }] = ofRule;
    const alike = groups(ofRule, ({ found }) => found);
    return {
      ...{ rule, level, reason, remedy },
      findings: alike.map((same) => ({ found: same[0].found, resources: same.map(culprit) })),
    };
  });
  return { checked, broken };
}

export function breaksMandatory({ broken }: PolicyReview): boolean {
  return broken.some(({ level }) => level === "mandatory");
}

/** Lines of text: one where all rules hold. */
export function policyLines({ checked, broken }: PolicyReview): string[] {
  const count = `${checked.length} ${checked.length === 1 ? "rule" : "rules"} checked`;
  if (broken.length === 0) return [`Policies: ${count}, all hold.`];
  const perLevel = levels.flatMap((level) => {
    const { length } = broken.filter((rule) => rule.level === level);
    return length === 0 ? [] : [`${length} ${level} ${length === 1 ? "rule is" : "rules are"} broken`];
  });
  return [`Policies: ${count}; ${perLevel.join(", ")}.`, ...broken.flatMap(ruleLines)];
}

function ruleLines({ rule, level, reason, remedy, findings }: BrokenRule): string[] {
  return [
    `  ${rule} (${level})`,
    ...findings.flatMap(({ found, resources }) => [
      `      ${found}`,
      ...culpritWords(resources).map((who) => `        in ${who}`),
    ]),
    `      why: ${reason}`,
    `      what to do: ${remedy}`,
  ];
}

/** `kernel of node-0`; for what is no step, type and name. */
function culpritWords(resources: readonly Culprit[]): string[] {
  return groups(resources, ({ host, type, name }) => host ?? `${type} ${name}`).map((same) => {
    const [{ host, type, name }] = same;
    if (host === undefined) return `${type.split(":").at(-1)} ${name}`;
    return `${[...new Set(same.map(({ step }) => step))].join(", ")} of ${host}`;
  });
}

function stepIndex({ name }: PolicyFinding): number {
  const step = stepOfName(name)?.step;
  return step === undefined ? -1 : hostSteps.indexOf(step);
}

function culprit({ name, type }: PolicyFinding): Culprit {
  return { name, type, ...stepOfName(name) };
}

type Group<T> = readonly [T, ...T[]];

/** In the order of each group's first item. */
function groups<T>(items: readonly T[], keyOf: (item: T) => string): Group<T>[] {
  const found = new Map<string, [T, ...T[]]>();
  for (const item of items) {
    const group = found.get(keyOf(item));
    if (group === undefined) found.set(keyOf(item), [item]);
    else group.push(item);
  }
  return [...found.values()];
}

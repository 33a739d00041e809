import type { EnforcementLevel } from "@pulumi/policy";
import type { Resource } from "./resource";

interface CommonRule {
  /** Short, with hyphens: it is what a message, and a configuration that turns the rule off, name it by. */
  readonly name: string;
  /** What a mandatory rule forbids ends a preview or an update; an advisory one is only shown. */
  readonly level: Extract<EnforcementLevel, "mandatory" | "advisory">;
  /** What the rule asks for and why, in a sentence or two. */
  readonly reason: string;
  /** What to do about a resource that breaks it. */
  readonly remedy: string;
}

/** A rule that a resource breaks by itself; a mandatory one keeps it from being made. */
export interface ResourceRule extends CommonRule {
  /** What is wrong with a resource, a sentence each; a value that is not known yet is no reason. */
  check(resource: Resource): string[];
}

/** A rule about several resources; it is checked when all of them are known. */
export interface StackRule extends CommonRule {
  checkStack(resources: readonly Resource[]): Finding[];
}

/** What is wrong with one resource. */
export interface Finding {
  readonly urn: string;
  readonly found: string;
}

export type Rule = ResourceRule | StackRule;

export function isStackRule(rule: Rule): rule is StackRule {
  return "checkStack" in rule;
}

import type { EnforcementLevel } from "@pulumi/policy";
import type { Resource } from "./resource";

/** What resources of a program must, or should, be like. A rule has one of the two checks, or both. */
export interface Rule {
  /** Short, with hyphens: it is what a message, and a configuration that turns the rule off, name it by. */
  readonly name: string;
  /** What a mandatory rule forbids ends a preview or an update; an advisory one is only shown. */
  readonly level: Extract<EnforcementLevel, "mandatory" | "advisory">;
  /** What the rule asks for and why, in a sentence or two, on one line. */
  readonly reason: string;
  /** What to do about a resource that breaks it, on one line. */
  readonly remedy: string;
  /**
   * What is wrong with a resource by itself, a sentence each; a value that is not known yet is no reason. In an update,
   * a mandatory rule keeps the resource from being made.
   */
  check?(resource: Resource): string[];
  /** What is wrong with several resources together; it is checked when all of them are known. */
  checkStack?(resources: readonly Resource[]): Finding[];
}

/** What is wrong with one resource. */
export interface Finding {
  readonly urn: string;
  readonly found: string;
}

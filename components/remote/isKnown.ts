import * as pulumi from "@pulumi/pulumi";

/** Whether an input is a plain value through and through, so that it can be looked at before the program has run. */
export function isKnown(input: unknown): boolean {
  if (pulumi.Output.isInstance(input) || input instanceof Promise) return false;
  return typeof input !== "object" || input === null || Object.values(input).every(isKnown);
}

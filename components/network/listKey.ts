import type * as pulumi from "@pulumi/pulumi";

/**
 * What names a resource that is there for one text of a list: the text itself where it is known, which outlives the
 * others; an output's place in the list.
 */
export function listKey(text: pulumi.Input<string>, index: number): string {
  return typeof text === "string" ? text : String(index);
}

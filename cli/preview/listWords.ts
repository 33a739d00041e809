import { isDeepStrictEqual } from "node:util";

/** How a list differs, in words: `+ ip_vs, - nbd`. */
export function listWords(before: readonly string[], after: readonly string[]): string {
  const added = after.filter((item) => !before.includes(item)).map((item) => `+ ${item}`);
  const gone = before.filter((item) => !after.includes(item)).map((item) => `- ${item}`);
  if (added.length + gone.length > 0) return [...added, ...gone].join(", ");
  // The same ones in the same order differ in what a name leaves out, such as a handler's program.
  return isDeepStrictEqual(before, after) ? "changed" : "in another order";
}

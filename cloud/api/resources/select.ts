import { find, type Kind } from "../core/ids";

/** The resources that a Describe names, each once, or all of them. @throws Ec2Error `Invalid...ID.NotFound` or `.Malformed`. */
export function selectByIds<T>(kind: Kind, all: Readonly<Record<string, T>>, ids: readonly string[] | undefined): T[] {
  if (ids === undefined || ids.length === 0) return Object.values(all);
  return [...new Set(ids)].map((id) => find(kind, all, id));
}

import type { Filter } from "@aws-sdk/client-ec2";
import type { Properties, Value } from "../../plugin/properties";
import { text } from "../resource";
import type { Property } from "../../plugin/schema";

/** The argument `filters` of every function. */
export const filters: Property = {
  type: { list: { name: { type: "string", required: true }, values: { type: "string[]", required: true } } },
};

/** AWS's filters from `filters`, `tags` and arguments that are filters under another name; none is undefined. */
export function filtersOf(args: Properties, named: Record<string, Value | undefined> = {}): Filter[] | undefined {
  const given = ((args.filters ?? []) as { name: string; values: string[] }[]).map(({ name, values }) => ({
    Name: name,
    Values: values,
  }));
  const tags = Object.entries((args.tags ?? {}) as Record<string, string>);
  const all = [
    ...given,
    ...tags.map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] })),
    ...Object.entries(named).flatMap(([Name, value]) => {
      if (typeof value === "boolean") return [{ Name, Values: [String(value)] }];
      return text(value) ? [{ Name, Values: [value as string] }] : [];
    }),
  ];
  return all.length > 0 ? all : undefined;
}

/** @throws Error in the words of the official provider unless there is exactly one */
export function exactlyOne<T>(found: readonly T[] | undefined, what: string): T {
  const [first, ...others] = found ?? [];
  if (first === undefined) throw new Error(`no matching ${what} found`);
  if (others.length === 0) return first;
  throw new Error(`multiple ${what}s matched; use additional constraints to reduce matches to a single ${what}`);
}

import { changes, plain, unknown, type Properties, type Value } from "../plugin/properties";
import type { Change } from "../plugin/provider";
import { isGiven, type Property, type Schema } from "../plugin/schema";

/**
 * What has to change so that the resource is as the program says. The state is what AWS said last, so that a resource
 * changed by hand differs too. Inputs that are not known yet count as changed, as with the official provider.
 */
export function differences(schema: Schema, state: Properties, inputs: Properties): Change[] {
  return Object.entries(schema).flatMap(([name, property]) =>
    compare(property, plain(state[name]), inputs[name], name).map((change) => ({ ...change, property: name })),
  );
}

function compare(property: Property, before: Value, raw: Value | undefined, path: string): Omit<Change, "property">[] {
  const replaces = property.replaces ?? false;
  const after = plain(raw);
  if (after === unknown) return [{ path, kind: isEmpty(before) ? "add" : "update", replaces }];
  if (!isGiven(raw)) return property.computed || isEmpty(before) ? [] : [{ path, kind: "delete", replaces }];
  if (isEmpty(before) && isEmpty(after)) return [];
  if (property.same?.(before, after)) return [];
  if (property.type === "string set" && Array.isArray(before) && Array.isArray(after)) {
    const same = JSON.stringify([...before].sort()) === JSON.stringify([...after].sort());
    return same ? [] : [{ path, kind: "update", replaces }];
  }
  if (typeof property.type === "object" && "fields" in property.type) {
    const [old, now] = [(before ?? {}) as Properties, (raw ?? {}) as Properties];
    return Object.entries(property.type.fields).flatMap(([name, field]) =>
      compare(field, plain(old[name]), (plain(now) as Properties)[name], `${path}.${name}`),
    );
  }
  if (typeof property.type === "object" && "list" in property.type && property.type.key !== undefined) {
    return compareList(property, property.type.list, property.type.key, before, raw as Value[], path);
  }
  return [...changes(before, after, path)].map(([at, kind]) => ({ path: at, kind, replaces }));
}

/** Objects that are told apart by a key; what the program does not say of one is no difference. */
function compareList(
  { replaces = false }: Property,
  schema: Schema,
  key: string,
  before: Value,
  after: readonly Value[],
  path: string,
): Omit<Change, "property">[] {
  const old = (Array.isArray(before) ? before : []) as readonly Properties[];
  const now = after.map((item) => plain(item) as Properties);
  if (old.length !== now.length) return [{ path, kind: "update", replaces }];
  return now.flatMap((item, index) => {
    const earlier = old.find((candidate) => plain(candidate[key]) === plain(item[key]));
    const at = `${path}[${index}]`;
    if (earlier === undefined) return [{ path: at, kind: "update" as const, replaces }];
    return Object.entries(schema).flatMap(([name, field]) =>
      compare(field, plain(earlier[name]), item[name], `${at}.${name}`),
    );
  });
}

/** The AWS API does not tell an absent value from an empty one. */
function isEmpty(value: Value): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return value === null || value === "" || value === false;
}

import type { Filter } from "@aws-sdk/client-ec2";
import { Ec2Error, invalidParameterValue, missingParameter } from "./errors";
import type { State, Tag } from "./state";

type Value = string | number | boolean | Date | undefined;

/** What a filter looks at: the value, or values, that a resource has for it. */
export type FilterFields<T> = Readonly<Record<string, (item: T, state: State) => Value | readonly Value[]>>;

/** Filters of AWS by which nothing is found, because no resource here has what they look at. */
export function absent(...names: readonly string[]): FilterFields<unknown> {
  return Object.fromEntries(names.map((name) => [name, () => undefined]));
}

/**
 * Keeps the items that match every filter; a filter matches when one of its values does. `*` stands for any characters, `?` for
 * one and a backslash takes the meaning from both. `tag:KEY` and `tag-key` need `tags`.
 * @throws Ec2Error InvalidParameterValue for a filter that there is not.
 */
export function applyFilters<T>(
  items: readonly T[],
  filters: readonly Filter[] | undefined,
  fields: FilterFields<T>,
  state: State,
  tags?: (item: T, state: State) => readonly Tag[],
): T[] {
  checkLimits(filters ?? []);
  const tests = (filters ?? []).map((filter) => {
    if (filter.Name === undefined) throw missingParameter("Filter.Name");
    const wanted = filter.Values ?? [];
    if (wanted.length === 0) throw invalidParameterValue(`The filter '${filter.Name}' must have at least one value`);
    const valuesOf = valuesFor(filter.Name, fields, tags);
    const patterns = wanted.map(compilePattern);
    return (item: T) => valuesOf(item, state).some((value) => patterns.some((isLike) => isLike(value)));
  });
  return items.filter((item) => tests.every((test) => test(item)));
}

/** Values of all filters of a request, and characters of each (EC2 API Reference, FilterLimitExceeded). */
const maxValues = 200;
const maxValueLength = 255;

function checkLimits(filters: readonly Filter[]): void {
  const values = filters.flatMap(({ Values }) => Values ?? []);
  if (values.length > maxValues || filters.length > maxValues) {
    throw new Ec2Error(
      "FilterLimitExceeded",
      `The maximum number of filter values specified on a single call is ${maxValues}`,
    );
  }
  const long = values.find((value) => value.length > maxValueLength);
  if (long !== undefined) {
    throw invalidParameterValue(`A filter value may have up to ${maxValueLength} characters, not ${long.length}`);
  }
}

function valuesFor<T>(
  name: string,
  fields: FilterFields<T>,
  tags: ((item: T, state: State) => readonly Tag[]) | undefined,
): (item: T, state: State) => string[] {
  if (tags !== undefined && name.startsWith("tag:")) {
    const key = name.slice("tag:".length);
    return (item, state) => tags(item, state).flatMap((tag) => (tag.key === key ? [tag.value] : []));
  }
  if (tags !== undefined && name === "tag-key") return (item, state) => tags(item, state).map((tag) => tag.key);
  if (tags !== undefined && name === "tag-value") return (item, state) => tags(item, state).map((tag) => tag.value);
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (field === undefined) throw invalidParameterValue(`The filter '${name}' is invalid`);
  return (item, state) => {
    const value = field(item, state);
    const list: readonly Value[] = Array.isArray(value) ? (value as readonly Value[]) : [value as Value];
    return list.flatMap((entry) =>
      entry === undefined ? [] : [entry instanceof Date ? entry.toISOString() : String(entry)],
    );
  };
}

/** A test whether a text is like `pattern`. Linear in practice: only the last `*` is ever gone back to. */
export function compilePattern(pattern: string): (text: string) => boolean {
  const tokens = [...pattern.matchAll(/\\[\s\S]|[\s\S]/g)].map(([token]) =>
    token.length === 2 ? { literal: token.charAt(1) } : token === "*" || token === "?" ? token : { literal: token },
  );
  return (text) => isLike(tokens, text);
}

function isLike(tokens: readonly ("*" | "?" | { readonly literal: string })[], text: string): boolean {
  let at = 0;
  let star: { token: number; text: number } | undefined;
  let token = 0;
  while (at < text.length) {
    const current = tokens[token];
    if (current === "*") {
      star = { token: ++token, text: at };
    } else if (current === "?" || (typeof current === "object" && current.literal === text.charAt(at))) {
      token++;
      at++;
    } else if (star !== undefined) {
      token = star.token;
      at = ++star.text;
    } else {
      return false;
    }
  }
  return tokens.slice(token).every((rest) => rest === "*");
}

import { closest } from "fastest-levenshtein";
import { hasSecret, isSecret, plain, unknown, type Failure, type Properties, type Value } from "./properties";

type PropertyType =
  | "string"
  | "number"
  | "integer"
  | "boolean"
  | "string[]"
  /** Strings whose order means nothing. */
  | "string set"
  | "string{}"
  | "any[]"
  /** `what` is what a message calls it. @default "an object" */
  | { fields: Schema; what?: string }
  /** Objects; `key` names the property that tells them apart whatever their order. */
  | { list: Schema; key?: string };

/** One input of a resource or function, with what the official provider does when it changes. */
export interface Property {
  type: PropertyType;
  required?: boolean;
  /** A change makes a new resource; without it the resource is changed in place. */
  replaces?: boolean;
  /** AWS chooses where nothing is given; whatever it chose is then no difference. */
  computed?: boolean;
  /** Filled in where nothing is given. */
  default?: Value;
  /** AWS does not hand it back: the state keeps what the program said. */
  kept?: boolean;
  values?: readonly string[];
  /** @returns what the value must be, when it is something else */
  format?: (value: string) => string | undefined;
  /** Whether two different texts mean the same. */
  same?: (before: Value, after: Value) => boolean;
}

export type Schema = Record<string, Property>;

/** How a plugin speaks of wrong inputs. */
export interface Words {
  /** What to say of a property that there is not; `nearest` is the one whose name is most like its. */
  unknown(path: string, nearest: string): string;
  /** Whether a message repeats a wrong value. */
  showsValues: boolean;
}

/** Values that a message repeats: names and addresses, no scripts. */
const longestShown = 60;

/** Every problem of some inputs. A reason names a value only where that is no secret. */
export function checkProperties(schema: Schema, inputs: Properties, words: Words, path = ""): Failure[] {
  const failures: Failure[] = [];
  for (const [name, property] of Object.entries(schema)) {
    const value = inputs[name];
    const at = path + name;
    if (isGiven(value)) failures.push(...checkValue(property, property.type, value, at, words));
    else if (property.required) failures.push({ property: at, reason: `Missing required property '${at}'` });
  }
  for (const name of Object.keys(inputs).filter((key) => !(key in schema) && !key.startsWith("__"))) {
    if (!isGiven(inputs[name])) continue;
    const nearest = closest(name, Object.keys(schema));
    failures.push({ property: path + name, reason: words.unknown(path + name, path + nearest) });
  }
  return failures;
}

export function isGiven(value: Value | undefined): value is Exclude<Value, null> {
  return value !== undefined && value !== null && !(isSecret(value) && plain(value) === null);
}

function checkValue(property: Property, type: PropertyType, raw: Value, at: string, words: Words): Failure[] {
  const textAt = (item: Value, path: string) => checkValue({ type: "string" }, "string", item, path, words);
  const value = isSecret(raw) ? plain(raw) : raw;
  if (value === unknown) return [];
  const fail = (reason: string) => [{ property: at, reason: `'${at}' ${reason}` }];
  const wrong = (expected: string) => {
    const found = Array.isArray(value) ? "an array" : value === null ? "null" : `a value of type ${typeof value}`;
    return fail(`must be ${expected}, found ${found}`);
  };
  const object = typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  switch (type) {
    case "boolean":
    case "number":
      return typeof value === type ? [] : wrong(`a ${type}`);
    case "integer":
      return Number.isInteger(value) ? [] : wrong("a whole number");
    case "string": {
      if (typeof value !== "string") return wrong("a string");
      const expected =
        property.values && !property.values.includes(value)
          ? `one of ${property.values.join(", ")}`
          : property.format?.(value);
      if (expected === undefined) return [];
      if (!words.showsValues) return wrong(expected);
      const shown = hasSecret(raw) || value.length > longestShown ? "" : `, found ${JSON.stringify(value)}`;
      return fail(`must be ${expected}${shown}`);
    }
    case "string[]":
    case "string set":
      return Array.isArray(value)
        ? value.flatMap((item, i) => textAt(item, `${at}[${i}]`))
        : wrong("an array of strings");
    case "string{}":
      return object
        ? Object.entries(object).flatMap(([key, item]) => textAt(item, `${at}.${key}`))
        : wrong("a map of strings");
    case "any[]":
      return Array.isArray(value) ? [] : wrong("an array");
    default:
      if ("fields" in type) {
        const { fields, what = "an object" } = type;
        return object ? checkProperties(fields, object, words, `${at}.`) : wrong(what);
      }
      if (!Array.isArray(value)) return wrong("an array of objects");
      return value.flatMap((item, i) => checkValue(property, { fields: type.list }, item, `${at}[${i}]`, words));
  }
}

import { closest, distance } from "fastest-levenshtein";
import {
  hasSecret,
  isSecret,
  plain,
  secret,
  unknown,
  type Failure,
  type Properties,
  type Value,
} from "../plugin/properties";

type PropertyType =
  | "string"
  | "integer"
  | "boolean"
  | "string[]"
  /** Strings whose order means nothing. */
  | "string set"
  | "string{}"
  | { fields: Schema }
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

/** Names that are close enough to be a slip of the finger. */
const likelySlip = 3;

/** Values that a message repeats: names and addresses, no scripts. */
const longestShown = 60;

/** Every problem of some inputs. A reason names a value only where that is no secret. */
export function checkInputs(schema: Schema, inputs: Properties, path = ""): Failure[] {
  const failures: Failure[] = [];
  for (const [name, property] of Object.entries(schema)) {
    const value = inputs[name];
    const at = path + name;
    if (isGiven(value)) failures.push(...checkValue(property, property.type, value, at));
    else if (property.required) failures.push({ property: at, reason: `Missing required property '${at}'` });
  }
  for (const name of Object.keys(inputs).filter((key) => !(key in schema) && !key.startsWith("__"))) {
    if (isGiven(inputs[name])) failures.push({ property: path + name, reason: unsupportedInput(name, path, schema) });
  }
  return failures;
}

export function isGiven(value: Value | undefined): value is Exclude<Value, null> {
  return value !== undefined && value !== null && !(isSecret(value) && plain(value) === null);
}

function unsupportedInput(name: string, path: string, schema: object): string {
  const nearest = closest(name, Object.keys(schema));
  const hint = distance(name, nearest) <= likelySlip ? `; did you mean '${path}${nearest}'?` : "";
  return `'${path}${name}' is not supported by the bundled plugin; use the official one${hint}`;
}

function checkValue(property: Property, type: PropertyType, raw: Value, at: string): Failure[] {
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
      return typeof value === "boolean" ? [] : wrong("a boolean");
    case "integer":
      return Number.isInteger(value) ? [] : wrong("a whole number");
    case "string": {
      if (typeof value !== "string") return wrong("a string");
      const expected =
        property.values && !property.values.includes(value)
          ? `one of ${property.values.join(", ")}`
          : property.format?.(value);
      if (expected === undefined) return [];
      const shown = hasSecret(raw) || value.length > longestShown ? "" : `, found ${JSON.stringify(value)}`;
      return fail(`must be ${expected}${shown}`);
    }
    case "string[]":
    case "string set":
      return Array.isArray(value)
        ? value.flatMap((item, i) => checkValue({ type: "string" }, "string", item, `${at}[${i}]`))
        : wrong("an array of strings");
    case "string{}":
      return object
        ? Object.entries(object).flatMap(([key, item]) =>
            checkValue({ type: "string" }, "string", item, `${at}.${key}`),
          )
        : wrong("a map of strings");
    default:
      if ("fields" in type) return object ? checkInputs(type.fields, object, `${at}.`) : wrong("an object");
      if (!Array.isArray(value)) return wrong("an array of objects");
      return value.flatMap((item, i) => checkValue(property, { fields: type.list }, item, `${at}[${i}]`));
  }
}

/**
 * Fills in defaults. Their names go to `__defaults`, as the official provider keeps them: a later check can tell
 * what the program said from what was filled in.
 */
export function withSchemaDefaults(schema: Schema, inputs: Properties): Properties {
  const result: Properties = {};
  const defaulted: string[] = [];
  for (const [name, property] of Object.entries(schema)) {
    const value = inputs[name];
    if (isGiven(value)) {
      const object = isSecret(value) ? plain(value) : value;
      if (typeof property.type === "object" && "fields" in property.type && object !== unknown) {
        const filled = withSchemaDefaults(property.type.fields, object as Properties);
        result[name] = isSecret(value) ? secret(filled) : filled;
      } else {
        result[name] = value;
      }
    } else if (property.default !== undefined) {
      result[name] = property.default;
      defaulted.push(name);
    }
  }
  return { ...result, __defaults: defaulted.sort() };
}

/** IPv4 networks as AWS takes them: no bits set beyond the prefix. */
export function ipv4Network(value: string): string | undefined {
  const expected = "an IPv4 network such as 10.240.0.0/24";
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(value);
  if (!match) return expected;
  const [a = 0, b = 0, c = 0, d = 0, prefix = 0] = match.slice(1).map(Number);
  if ([a, b, c, d].some((byte) => byte > 255) || prefix > 32) return expected;
  const size = 2 ** (32 - prefix);
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  if (address % size === 0) return undefined;
  const network = address - (address % size);
  const dotted = [24, 16, 8, 0].map((shift) => Math.floor(network / 2 ** shift) % 256).join(".");
  return `a network address, ${dotted}/${prefix}`;
}

import { distance } from "fastest-levenshtein";
import { isTextKey } from "./schema";

const namespace = "hardway:";

/** A stack's configuration as far as it is about the lab. */
export interface StackValues {
  /** Values of our namespace by name, as the schema wants them. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Keys of namespaces that are nobody's but look like ours, e.g. `hardwy:workers`. */
  readonly strayKeys: readonly string[];
}

/**
 * Reads a stack's configuration: the one reader for the program, which gets it from the engine, and for the command
 * line, which reads the stack file as the engine does.
 *
 * @param config by whole key, e.g. `hardway:workers`: strings as the engine passes them, or values as a stack file
 *   has them
 */
export function stackValues(config: Readonly<Record<string, unknown>>): StackValues {
  const values: [string, unknown][] = [];
  const strayKeys: string[] = [];
  for (const [whole, given] of Object.entries(config)) {
    const name = ownName(whole);
    if (name !== undefined) {
      const value = isEncrypted(given) ? given : fromEngine(name, asEngineText(given));
      if (value !== undefined) values.push([name, value]);
    } else if (looksLikeOurs(whole)) strayKeys.push(whole);
  }
  // Defines each key, "__proto__" among them, where an assignment would not.
  return { values: Object.fromEntries(values), strayKeys };
}

/** The name of a key of our namespace. The engine takes one without a namespace for one of the project. */
export function ownName(key: string): string | undefined {
  if (key.startsWith(namespace)) return key.slice(namespace.length);
  return key.includes(":") ? undefined : key;
}

/** As it stands in a stack file, where only the engine can read it. */
function isEncrypted(value: unknown): boolean {
  return typeof value === "object" && value !== null && "secure" in value;
}

/**
 * The engine passes every value as a string: strings, numbers and booleans as they are, no value as "", the rest as
 * JSON.
 */
function asEngineText(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}

/** @returns undefined for an empty text where none is wanted: the key is not set */
function fromEngine(name: string, text: string): unknown {
  if (isTextKey(name)) return text;
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text; // the schema then names the type that it wants
  }
}

function looksLikeOurs(key: string): boolean {
  const [given = ""] = key.split(":");
  return distance(given.toLowerCase(), "hardway") <= 2;
}

import { readFileSync } from "node:fs";
import { parse } from "yaml";

/**
 * The values of a YAML or JSON file. Those that refer to themselves by an alias are refused: nothing could go through
 * them.
 *
 * @throws Error that says what is wrong and in which line, and shows nothing of the file's text, which may hold
 *   passwords
 */
export function readYamlFile(path: string): unknown {
  const text = readFileSync(path, "utf8");
  let values: unknown;
  try {
    values = parse(text);
  } catch (error) {
    // The parser's message has the place in its first line, and then the text around it.
    const [first = ""] = (error as Error).message.split("\n");
    throw new Error(first.replace(/:$/, ""), { cause: error });
  }
  if (refersToItself(values, [])) throw new Error("a value holds an alias of itself");
  return values;
}

/** @param parents those that `value` is in. */
function refersToItself(value: unknown, parents: readonly object[]): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (parents.includes(value)) return true;
  const within = [...parents, value];
  return Object.values(value).some((part) => refersToItself(part, within));
}

import { distance } from "fastest-levenshtein";
import { isSecret, plain, secret, unknown, type Failure, type Properties } from "../plugin/properties";
import { checkProperties, isGiven, type Schema } from "../plugin/schema";

/** Names that are close enough to be a slip of the finger. */
const likelySlip = 3;

/** Every problem of some inputs. A reason names a value only where that is no secret. */
export function checkInputs(schema: Schema, inputs: Properties): Failure[] {
  return checkProperties(schema, inputs, {
    showsValues: true,
    unknown: (path, nearest) => {
      const hint = distance(path, nearest) <= likelySlip ? `; did you mean '${nearest}'?` : "";
      return `'${path}' is not supported by the bundled plugin; use the official one${hint}`;
    },
  });
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

import type { NormalizedSchema } from "@smithy/core/schema";
import { Ec2Error, invalidCombination, invalidParameterValue, missingParameter, unsupported } from "./errors";
import { Only, type Handled } from "./handled";
import type { QueryNode } from "./query";
import { requestName, requiredMembers } from "./sdk";

/** Parameters of every request, whatever its action; the rest are those of signatures in the query string. */
const protocolParameters =
  /^(Action|Version|AWSAccessKeyId|Signature|SignatureMethod|SignatureVersion|SecurityToken|Timestamp|Expires|X-Amz-.*)$/i;

/** As Smithy's integers are; none of the actions here has a number of another kind. */
const integers = { smallest: -(2 ** 31), largest: 2 ** 31 - 1 };

/**
 * Reads the parameters of a request by the shape that the SDK gives them.
 * @param handled what the action acts on
 * @throws Ec2Error UnknownParameter, MissingParameter or InvalidParameterValue; UnsupportedOperation, with its name, for a parameter
 *   that EC2 has and the action here does not act on.
 */
export function readInput(
  shape: NormalizedSchema,
  query: QueryNode,
  handled: Handled<unknown>,
): Record<string, unknown> {
  const children = new Map([...query.children].filter(([name]) => !protocolParameters.test(name)));
  return shape.isUnitSchema() ? {} : readStruct(shape, { children }, "", handled);
}

function read(shape: NormalizedSchema, node: QueryNode, path: string, handled: Handled<unknown>): unknown {
  if (shape.isListSchema()) return readList(shape, node, path, handled);
  if (shape.isStructSchema()) return readStruct(shape, node, path, handled);
  const value = readSimple(shape, node, path);
  if (handled instanceof Only && !handled.values.includes(value)) {
    throw unsupported(`The embedded EC2 does not support the value '${String(value)}' of the parameter ${path}.`);
  }
  return value;
}

function readSimple(shape: NormalizedSchema, node: QueryNode, path: string): unknown {
  const text = node.value;
  if (text === undefined) throw unknownParameter(`${path}.${[...node.children.keys()][0] ?? ""}`);
  if (shape.isBlobSchema()) return decodeBase64(text, path);
  if (shape.isStringSchema()) return text;
  // An attribute without a value: only text can be empty.
  if (text === "") return undefined;
  if (shape.isBooleanSchema()) {
    if (/^true$/i.test(text)) return true;
    if (/^false$/i.test(text)) return false;
    throw invalidParameterValue(`Invalid value '${text}' for boolean parameter ${path}.`);
  }
  if (shape.isNumericSchema()) {
    const number = /^-?\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= integers.smallest && number <= integers.largest) return number;
    throw invalidParameterValue(`Invalid value '${text}' for ${path}. It must be a whole number of 32 bits.`);
  }
  if (shape.isTimestampSchema()) {
    const time = new Date(text);
    if (Number.isNaN(time.getTime())) throw invalidParameterValue(`Invalid value '${text}' for timestamp ${path}.`);
    return time;
  }
  return text;
}

/** @throws Ec2Error InvalidParameterValue when `text` is not base64. */
export function decodeBase64(text: string, path: string): Uint8Array {
  const compact = text.replace(/\s+/g, "");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact) || compact.length % 4 === 1) {
    throw invalidParameterValue(`Invalid BASE64 encoding of ${path}.`);
  }
  return Buffer.from(compact, "base64");
}

function readList(shape: NormalizedSchema, node: QueryNode, path: string, handled: Handled<unknown>): unknown[] {
  const items: { index: number; value: unknown }[] = [];
  for (const [key, child] of node.children) {
    // Some clients write EC2's lists as they write those of other AWS services: Name.member.1.
    if (key === "member" && child.value === undefined) return readList(shape, child, path, handled);
    if (!/^[1-9]\d{0,8}$/.test(key)) throw unknownParameter(`${path}.${key}`);
    items.push({ index: Number(key), value: read(shape.getValueSchema(), child, `${path}.${key}`, handled) });
  }
  return items.sort((a, b) => a.index - b.index).map((item) => item.value);
}

function readStruct(
  shape: NormalizedSchema,
  node: QueryNode,
  path: string,
  handled: Handled<unknown>,
): Record<string, unknown> {
  const prefix = path === "" ? "" : `${path}.`;
  const left = new Map(node.children);
  const required = new Set(requiredMembers(shape));
  const result: Record<string, unknown> = {};
  for (const [name, member] of shape.structIterator()) {
    const wireName = requestName(name, member);
    const child = left.get(wireName);
    left.delete(wireName);
    if (child !== undefined) {
      const handledMember = memberOf(handled, name);
      if (handledMember === undefined) {
        throw unsupported(`The embedded EC2 does not support the parameter ${prefix}${wireName}.`);
      }
      result[name] = read(member, child, `${prefix}${wireName}`, handledMember);
    } else if (required.has(name)) {
      // Seen from AWS; other lists and names that must be there are missing parameters.
      throw name === "InstanceIds" ? invalidCombination("No instances specified") : missingParameter(prefix + wireName);
    }
  }
  for (const key of left.keys()) throw unknownParameter(`${prefix}${key}`);
  return result;
}

function memberOf(handled: Handled<unknown>, name: string): Handled<unknown> | undefined {
  if (handled === true || handled instanceof Only) return handled;
  return Object.hasOwn(handled, name) ? (handled as Record<string, Handled<unknown>>)[name] : undefined;
}

function unknownParameter(name: string): Ec2Error {
  return new Ec2Error("UnknownParameter", `The parameter ${name} is not recognized`);
}

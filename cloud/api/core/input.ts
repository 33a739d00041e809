import type { NormalizedSchema } from "@smithy/core/schema";
import { Ec2Error, invalidParameterValue, missingParameter } from "./errors";
import type { QueryNode } from "./query";
import { requestName, requiredMembers } from "./sdk";

/** Parameters of every request, whatever its action; the rest are those of signatures in the query string. */
const protocolParameters =
  /^(Action|Version|AWSAccessKeyId|Signature|SignatureMethod|SignatureVersion|SecurityToken|Timestamp|Expires|X-Amz-.*)$/i;

/**
 * Reads the parameters of a request by the shape that the SDK gives them.
 * @throws Ec2Error UnknownParameter, MissingParameter or InvalidParameterValue.
 */
export function readInput(shape: NormalizedSchema, query: QueryNode): Record<string, unknown> {
  const children = new Map([...query.children].filter(([name]) => !protocolParameters.test(name)));
  return shape.isUnitSchema() ? {} : readStruct(shape, { children }, "");
}

function read(shape: NormalizedSchema, node: QueryNode, path: string): unknown {
  if (shape.isListSchema()) return readList(shape, node, path);
  if (shape.isStructSchema()) return readStruct(shape, node, path);
  const text = node.value;
  if (text === undefined) throw unknownParameter(`${path}.${[...node.children.keys()][0] ?? ""}`);
  if (shape.isBooleanSchema()) {
    if (/^true$/i.test(text)) return true;
    if (/^false$/i.test(text)) return false;
    throw invalidParameterValue(`Invalid value '${text}' for boolean parameter ${path}.`);
  }
  if (shape.isNumericSchema()) {
    if (!/^-?\d{1,15}(\.\d+)?$/.test(text)) throw invalidParameterValue(`Invalid value '${text}' for number ${path}.`);
    return Number(text);
  }
  if (shape.isBlobSchema()) return decodeBase64(text, path);
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

function readList(shape: NormalizedSchema, node: QueryNode, path: string): unknown[] {
  const items: { index: number; value: unknown }[] = [];
  for (const [key, child] of node.children) {
    // Some clients write EC2's lists as they write those of other AWS services: Name.member.1.
    if (key === "member" && child.value === undefined) return readList(shape, child, path);
    if (!/^[1-9]\d{0,8}$/.test(key)) throw unknownParameter(`${path}.${key}`);
    items.push({ index: Number(key), value: read(shape.getValueSchema(), child, `${path}.${key}`) });
  }
  return items.sort((a, b) => a.index - b.index).map((item) => item.value);
}

function readStruct(shape: NormalizedSchema, node: QueryNode, path: string): Record<string, unknown> {
  const prefix = path === "" ? "" : `${path}.`;
  const left = new Map(node.children);
  const required = new Set(requiredMembers(shape));
  const result: Record<string, unknown> = {};
  for (const [name, member] of shape.structIterator()) {
    const wireName = requestName(name, member);
    const child = left.get(wireName);
    left.delete(wireName);
    if (child !== undefined) result[name] = read(member, child, `${prefix}${wireName}`);
    else if (required.has(name)) throw missingParameter(`${prefix}${wireName}`);
  }
  for (const key of left.keys()) throw unknownParameter(`${prefix}${key}`);
  return result;
}

function unknownParameter(name: string): Ec2Error {
  return new Ec2Error("UnknownParameter", `The parameter ${name} is not recognized`);
}

import { z } from "zod";
import { didYouMean, type Problem } from "./problems";

/** What zod found, in our words and with the keys as the user wrote them. */
export function zodProblems(error: z.ZodError, values: unknown, prefix: string, schema: z.ZodObject): Problem[] {
  return error.issues.flatMap((issue): Problem[] => {
    const key = (prefix + pathText(issue.path)).trimEnd();
    if (issue.code === "unrecognized_keys") {
      const known = knownKeys(issue.path, schema);
      const parent = issue.path.length === 0 ? prefix : `${key}.`;
      return issue.keys.map((name) => ({
        key: `${parent}${withoutLogin(name)}`,
        rule: `is not a known key${didYouMean(name, known)}`,
      }));
    }
    const got = valueAt(values, issue.path);
    if (got === undefined) return [{ key, rule: "is missing" }];
    return [{ key, rule: ruleText(issue, got), got: isShowable(issue, got) ? got : undefined }];
  });
}

const secretKeys = new Set(["privateKey", "privateKeyPassword", "password", "registryCredentials"]);

/**
 * Only plain values are shown: a list or object may hold a secret further down, and so may a text in place of one, such as a whole
 * file of another format or JSON with a slip in it.
 */
function isShowable(issue: z.core.$ZodIssue, value: unknown): boolean {
  if (issue.path.some((part) => secretKeys.has(String(part)))) return false;
  if (issue.code === "invalid_type" && ["object", "array", "record"].includes(issue.expected)) return false;
  return typeof value === "string" ? withoutLogin(value) === value : typeof value !== "object";
}

/** Text without what may be the password in `user:password@host`, which people write in many places. */
function withoutLogin(text: string): string {
  return text.replace(/^.*@(?=[^@]*$)/s, (login) => (/[:/]/.test(login) ? "…@" : login));
}

/** The schema's own messages say what must be; the others come from zod. */
function ruleText(issue: z.core.$ZodIssue, got: unknown): string {
  if (issue.message.startsWith("must")) return issue.message;
  if (issue.code === "invalid_type") return `must be of type ${issue.expected}`;
  if (issue.code === "invalid_value") {
    const values = issue.values.filter((value) => value !== "").map(String);
    const hint = typeof got === "string" ? didYouMean(got, values) : "";
    return `must be one of ${values.map((value) => JSON.stringify(value)).join(", ")}${hint}`;
  }
  if (issue.code === "invalid_key") return issue.issues[0]?.message ?? issue.message;
  if (issue.code === "too_small") return `must be at least ${issue.minimum}`;
  if (issue.code === "too_big") return `must be at most ${issue.maximum}`;
  return issue.message;
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) =>
      typeof part === "number" ? `[${part}]` : `${index > 0 ? "." : ""}${withoutLogin(String(part))}`,
    )
    .join("");
}

function valueAt(values: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, part) => (value as Record<PropertyKey, unknown> | undefined)?.[part], values);
}

/** The keys of the object that `path` leads to; none where that is no object with keys of its own. */
function knownKeys(path: readonly PropertyKey[], schema: z.ZodType): string[] {
  const found = path.reduce<unknown>((at, part) => partOf(unwrapped(at), part), schema);
  const object = unwrapped(found);
  return object instanceof z.ZodObject ? Object.keys(object.shape) : [];
}

function partOf(schema: unknown, part: PropertyKey): unknown {
  if (schema instanceof z.ZodObject) return schema.shape[String(part)];
  if (schema instanceof z.ZodArray) return schema.element;
  return schema instanceof z.ZodRecord ? schema.valueType : undefined;
}

/** The schema of the value itself, when there is one. */
export function unwrapped(schema: unknown): unknown {
  const isWrapper =
    schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional;
  return isWrapper ? unwrapped(schema.unwrap()) : schema;
}

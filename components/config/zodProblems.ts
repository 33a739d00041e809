import type { z } from "zod";
import { didYouMean, type Problem } from "./problems";
import { loginSchema, nodeSchema } from "./runtimeSchema";
import { hostSchema, sshSchema } from "./schema";

/** What zod found, in our words and with the keys as the user wrote them. */
export function zodProblems(error: z.ZodError, values: unknown, prefix: string, schema: z.ZodObject): Problem[] {
  return error.issues.flatMap((issue): Problem[] => {
    const key = prefix + pathText(issue.path);
    if (issue.code === "unrecognized_keys") {
      const known = knownKeys(issue.path, schema);
      const parent = issue.path.length === 0 ? prefix : `${key}.`;
      return issue.keys.map((name) => ({
        key: `${parent}${name}`,
        rule: `is not a known key${didYouMean(name, known)}`,
      }));
    }
    const got = valueAt(values, issue.path);
    if (got === undefined) return [{ key, rule: "is missing" }];
    return [{ key, rule: ruleText(issue, got), got: isShowable(issue.path, got) ? got : undefined }];
  });
}

const secretKeys = new Set(["privateKey", "privateKeyPassword", "password", "registryCredentials"]);

/** Only plain values are shown: a list or object may hold a secret further down. */
function isShowable(path: readonly PropertyKey[], value: unknown): boolean {
  return typeof value !== "object" && !path.some((part) => secretKeys.has(String(part)));
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
    .map((part, index) => (typeof part === "number" ? `[${part}]` : `${index > 0 ? "." : ""}${String(part)}`))
    .join("");
}

function valueAt(values: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, part) => (value as Record<PropertyKey, unknown> | undefined)?.[part], values);
}

/** The keys of the object that `path` leads to. */
function knownKeys(path: readonly PropertyKey[], schema: z.ZodObject): string[] {
  return Object.keys(objectAt(path, schema).shape);
}

/** A connection, what one node has differently, a login, a host, or what the schema itself describes. */
function objectAt(path: readonly PropertyKey[], schema: z.ZodObject): z.ZodObject {
  if (path.length === 0) return schema;
  if (path.at(-1) === "ssh" || path.at(-1) === "bastion") return sshSchema;
  if (path[0] === "nodes") return nodeSchema;
  return path[0] === "registryCredentials" ? loginSchema : hostSchema;
}

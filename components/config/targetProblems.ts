import { isDeepStrictEqual } from "node:util";
import type { Problem } from "./problems";
import { awsOnlyKeys, configSchema, hostsOnlyKeys, type AwsOnlyKey, type HostsOnlyKey } from "./schema";

/**
 * What does not go with the chosen target. Works on values that the schema has not passed yet, so that these problems
 * are reported together with the schema's. Pulumi hands every key over with its default, so only a key with another
 * value counts as set.
 */
export function targetProblems(values: Readonly<Record<string, unknown>>): Problem[] {
  const target = values["target"] ?? configSchema.shape.target.parse(undefined);
  if (target === "aws") return hostsOnlyKeys.filter((key) => isSet(values, key)).map((key) => foreign(key, "hosts"));
  if (target === "hosts") return awsOnlyKeys.filter((key) => isSet(values, key)).map((key) => foreign(key, "aws"));
  return [];
}

function foreign(key: string, owner: "aws" | "hosts"): Problem {
  const other = owner === "aws" ? "hosts" : "aws";
  return { key: `hardway:${key}`, rule: `belongs to target ${owner}, and hardway:target is ${other}` };
}

function isSet(values: Readonly<Record<string, unknown>>, key: AwsOnlyKey | HostsOnlyKey): boolean {
  const value = values[key];
  if (value === undefined) return false;
  // For the bastion both the unset form that Pulumi.yaml has and the parsed default are the default.
  const { success, data } = configSchema.shape[key].safeParse(value);
  return !isDeepStrictEqual(success ? data : value, configSchema.shape[key].parse(undefined));
}

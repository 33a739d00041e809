import * as pulumi from "@pulumi/pulumi";

/**
 * An input as mocks get it, without the marks of secrets.
 *
 * @param shown what is there in place of a secret value
 */
export function withoutSecrets(value: unknown, shown = (secret: unknown) => secret): unknown {
  if (Array.isArray(value)) return value.map((each) => withoutSecrets(each, shown));
  if (typeof value !== "object" || value === null) return value;
  if (pulumi.runtime.isRpcSecret(value)) return shown(withoutSecrets(pulumi.runtime.unwrapRpcSecret(value), shown));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutSecrets(each, shown)]));
}

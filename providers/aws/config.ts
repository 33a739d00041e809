import {
  hasSecret,
  isSecret,
  plain,
  secret,
  unknown,
  type Properties,
  type Value,
  type Failure,
} from "../plugin/properties";
import type { Schema } from "../plugin/schema";
import { checkInputs } from "./schema";

/** The provider's configuration that this plugin takes, as @pulumi/aws names it. */
const schema: Schema = {
  accessKey: { type: "string" },
  defaultTags: { type: { fields: { tags: { type: "string{}" } } } },
  endpoints: { type: { list: { ec2: { type: "string" }, sts: { type: "string" } } } },
  profile: { type: "string" },
  region: { type: "string" },
  secretKey: { type: "string" },
  skipCredentialsValidation: { type: "boolean" },
  skipMetadataApiCheck: { type: "boolean" },
  skipRegionValidation: { type: "boolean" },
  skipRequestingAccountId: { type: "boolean" },
  token: { type: "string" },
};

/** What the engine itself adds to a provider's inputs. */
const engineKeys = ["version", "pluginDownloadURL", "pluginChecksums"];

export interface Settings {
  region?: string;
  accessKey?: string;
  secretKey?: string;
  token?: string;
  profile?: string;
  endpoints: { ec2?: string; sts?: string };
  /** May be unknown, or hold secrets. */
  defaultTags: Value;
  skipCredentialsValidation: boolean;
  skipMetadataApiCheck: boolean;
  skipRequestingAccountId: boolean;
}

export function checkConfig(properties: Properties): Failure[] {
  const { values, failures } = decoded(properties);
  if (failures.length > 0) return failures;
  const found = checkInputs(schema, values);
  const { accessKey, secretKey, token } = values;
  const half = [accessKey, secretKey].filter((each) => each !== undefined).length === 1;
  if (half) found.push({ property: "accessKey", reason: "'accessKey' and 'secretKey' go together" });
  else if (token !== undefined && accessKey === undefined) {
    found.push({ property: "token", reason: "'token' needs 'accessKey' and 'secretKey'" });
  }
  return found;
}

/** Credentials are secrets, whether they came as such or not: the engine is to encrypt them. */
export function withSecretKeys(properties: Properties): Properties {
  const credentials = Object.entries(properties).filter(([name]) => ["accessKey", "secretKey", "token"].includes(name));
  return { ...properties, ...Object.fromEntries(credentials.map(([name, value]) => [name, secret(value)])) };
}

/** @returns undefined while something that requests need is not known yet, in a preview */
export function settings(properties: Properties): Settings | undefined {
  const { values, failures } = decoded(properties);
  if (failures.length > 0) throw new Error(failures.map(({ reason }) => reason).join("; "));
  const { defaultTags, ...others } = values;
  if (Object.values(others).some((value) => JSON.stringify(value).includes(unknown))) return undefined;
  const known = plain(others) as Properties;
  const text = (name: string) => (known[name] as string | undefined) || undefined;
  const on = (name: string) => known[name] === true;
  const tags = plain(defaultTags) === unknown ? unknown : (inside(defaultTags) as Properties | undefined)?.tags;
  return {
    region: text("region"),
    accessKey: text("accessKey"),
    secretKey: text("secretKey"),
    token: text("token"),
    profile: text("profile"),
    endpoints: Object.assign({}, ...((known.endpoints ?? []) as object[])) as Settings["endpoints"],
    defaultTags: hasSecret(defaultTags) ? asSecretOf(defaultTags, tags ?? {}) : (tags ?? {}),
    skipCredentialsValidation: on("skipCredentialsValidation"),
    skipMetadataApiCheck: on("skipMetadataApiCheck"),
    skipRequestingAccountId: on("skipRequestingAccountId"),
  };
}

const inside = (value: Value | undefined) => (isSecret(value) ? (value as Properties).value : value);

function asSecretOf(whole: Value | undefined, part: Value): Value {
  return isSecret(whole) ? { ...(whole as Properties), value: part } : part;
}

/** Values that are no strings arrive as JSON text: from a stack's configuration and from @pulumi/aws's Provider. */
function decoded(properties: Properties): { values: Properties; failures: Failure[] } {
  const values: Properties = {};
  const failures: Failure[] = [];
  for (const [name, raw] of Object.entries(properties)) {
    if (engineKeys.includes(name) || name.startsWith("__") || raw === null) continue;
    const type = schema[name]?.type;
    const value = inside(raw);
    if (type === "string" || typeof value !== "string" || value === unknown) {
      values[name] = raw;
      continue;
    }
    try {
      const parsed = JSON.parse(value) as Value;
      values[name] = isSecret(raw) ? { ...(raw as Properties), value: parsed } : parsed;
    } catch {
      if (type === undefined) values[name] = raw;
      else failures.push({ property: name, reason: `'${name}' must be JSON text, and it cannot be parsed` });
    }
  }
  return { values, failures };
}

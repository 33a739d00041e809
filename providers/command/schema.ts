import { closest } from "fastest-levenshtein";
import {
  hasSecret,
  isSecret,
  plain,
  secret,
  unknown,
  type Failure,
  type Properties,
  type Value,
} from "../plugin/properties";

type PropertyType =
  "string" | "number" | "integer" | "boolean" | "string[]" | "string{}" | "any[]" | "logging" | "connection";

interface CommandProperty {
  type: PropertyType;
  required?: boolean;
}

export type CommandSchema = Record<string, CommandProperty>;

const loggingValues = ["stdout", "stderr", "stdoutAndStderr", "none"];

const endpoint: CommandSchema = {
  agentSocketPath: { type: "string" },
  dialErrorLimit: { type: "integer" },
  host: { type: "string", required: true },
  hostKey: { type: "string" },
  password: { type: "string" },
  perDialTimeout: { type: "integer" },
  port: { type: "number" },
  privateKey: { type: "string" },
  privateKeyPassword: { type: "string" },
  user: { type: "string" },
};

const secretFields: ReadonlySet<string> = new Set(["password", "privateKey", "privateKeyPassword"]);

const endpointDefaults = { dialErrorLimit: 10, perDialTimeout: 15, port: 22, user: "root" };

/** Inputs that every command has, as @pulumi/command 1.2.1 documents them. */
const command: CommandSchema = {
  addPreviousOutputInEnv: { type: "boolean" },
  create: { type: "string" },
  delete: { type: "string" },
  environment: { type: "string{}" },
  logging: { type: "logging" },
  stdin: { type: "string" },
  triggers: { type: "any[]" },
  update: { type: "string" },
};

const process: CommandSchema = {
  archivePaths: { type: "string[]" },
  assetPaths: { type: "string[]" },
  dir: { type: "string" },
  interpreter: { type: "string[]" },
};

const connection: CommandProperty = { type: "connection", required: true };

export const remoteCommandSchema: CommandSchema = { ...command, connection };
export const localCommandSchema: CommandSchema = { ...command, ...process };

/**
 * Every problem of a resource's inputs, and the inputs with the connection's defaults filled in, the whole connection
 * secret. A reason names keys and types, never a value: the value may be a private key under a wrong name.
 */
export function checkedInputs(schema: CommandSchema, inputs: Properties): { inputs: Properties; failures: Failure[] } {
  const failures = checkFields(schema, inputs, "");
  const checked = Object.fromEntries(Object.entries(inputs).filter(([key, value]) => key in schema && value !== null));
  if (failures.length === 0 && schema.connection && checked.connection !== unknown) {
    checked.connection = secret(completed(checked.connection ?? null));
  }
  return { inputs: checked, failures };
}

/**
 * An endpoint with its defaults, in the marks that the official plugin's Check sets: what is secret by its name is marked
 * inside of the connection too, and marks that came in stay. It compares marks, so that others would make it run every
 * command again after a change from this plugin to it.
 */
function completed(value: Value): Value {
  if (isSecret(value)) return secret(completed((value as Properties).value ?? null));
  if (typeof value !== "object" || value === null) return value;
  const given = Object.entries(value as Properties).filter(([, field]) => plain(field) !== null);
  const marked = given.map(([name, field]): [string, Value] => {
    if (name === "proxy") return [name, completed(field)];
    return [name, secretFields.has(name) && field !== unknown ? secret(field) : field];
  });
  return { ...endpointDefaults, ...Object.fromEntries(marked) };
}

function checkFields(schema: CommandSchema, object: Properties, path: string): Failure[] {
  const failures: Failure[] = [];
  for (const [name, property] of Object.entries(schema)) {
    const raw = object[name];
    const at = path + name;
    if (raw === undefined || raw === null) {
      if (property.required) failures.push({ property: at, reason: `Missing required property '${at}'` });
      continue;
    }
    failures.push(...checkValue(property.type, isSecret(raw) ? plain(raw) : raw, at));
  }
  for (const name of Object.keys(object).filter((key) => !(key in schema) && !key.startsWith("__"))) {
    if (path === "" && name === "version") continue;
    const reason = `Unknown property '${path}${name}'; did you mean '${path}${closest(name, Object.keys(schema))}'?`;
    failures.push({ property: path + name, reason });
  }
  return failures;
}

function checkValue(type: PropertyType, raw: Value, at: string): Failure[] {
  const value = hasSecret(raw) ? plain(raw) : raw;
  if (value === unknown) return [];
  const wrong = (expected: string) => {
    const found = Array.isArray(value) ? "an array" : value === null ? "null" : `a value of type ${typeof value}`;
    return [{ property: at, reason: `'${at}' must be ${expected}, found ${found}` }];
  };
  const entries = typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : null;
  switch (type) {
    case "string":
    case "boolean":
    case "number":
      return typeof value === type ? [] : wrong(`a ${type}`);
    case "integer":
      return Number.isInteger(value) ? [] : wrong("a whole number");
    case "logging":
      return loggingValues.includes(value as string) ? [] : wrong(`one of ${loggingValues.join(", ")}`);
    case "any[]":
      return Array.isArray(value) ? [] : wrong("an array");
    case "string[]":
      return Array.isArray(value)
        ? value.flatMap((item, i) => checkValue("string", item, `${at}[${i}]`))
        : wrong("an array of strings");
    case "string{}":
      return entries
        ? entries.flatMap(([key, item]) => checkValue("string", item, `${at}.${key}`))
        : wrong("a map of strings");
    case "connection": {
      if (!entries) return wrong("a connection");
      const { proxy, ...fields } = value as Properties;
      const failures = checkFields(endpoint, fields, `${at}.`);
      if (proxy === undefined || proxy === null || proxy === unknown) return failures;
      if (typeof proxy !== "object" || Array.isArray(proxy)) {
        return [...failures, { property: `${at}.proxy`, reason: `'${at}.proxy' must be a connection` }];
      }
      return [...failures, ...checkFields(endpoint, proxy, `${at}.proxy.`)];
    }
  }
}

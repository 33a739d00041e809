import { isSecret, plain, secret, unknown, type Failure, type Properties, type Value } from "../plugin/properties";
import { checkProperties, type Schema } from "../plugin/schema";

const endpoint: Schema = {
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
const what = "a connection";
const connection: Schema = { ...endpoint, proxy: { type: { fields: endpoint, what } } };

const secretFields: ReadonlySet<string> = new Set(["password", "privateKey", "privateKeyPassword"]);

const endpointDefaults = { dialErrorLimit: 10, perDialTimeout: 15, port: 22, user: "root" };

/** Inputs that every command has, as @pulumi/command 1.2.1 documents them. */
const command: Schema = {
  addPreviousOutputInEnv: { type: "boolean" },
  create: { type: "string" },
  delete: { type: "string" },
  environment: { type: "string{}" },
  logging: { type: "string", values: ["stdout", "stderr", "stdoutAndStderr", "none"] },
  stdin: { type: "string" },
  triggers: { type: "any[]" },
  update: { type: "string" },
};

export const remoteCommandSchema: Schema = {
  ...command,
  connection: { type: { fields: connection, what }, required: true },
};
export const localCommandSchema: Schema = {
  ...command,
  archivePaths: { type: "string[]" },
  assetPaths: { type: "string[]" },
  dir: { type: "string" },
  interpreter: { type: "string[]" },
};

/**
 * Every problem of a resource's inputs, and the inputs with the connection's defaults filled in, the whole connection
 * secret. A reason names keys and types, never a value: the value may be a private key under a wrong name.
 */
export function checkedInputs(schema: Schema, inputs: Properties): { inputs: Properties; failures: Failure[] } {
  // The engine adds its own `version`.
  const failures = checkProperties(
    schema,
    { ...inputs, version: null },
    {
      showsValues: false,
      unknown: (path, nearest) => `Unknown property '${path}'; did you mean '${nearest}'?`,
    },
  );
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

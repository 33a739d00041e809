import { isDeepStrictEqual } from "node:util";
import { keywords, license } from "../../package.json";
import {
  packageName,
  referredType,
  type PackageSchema,
  type PropertySchema,
  type ResourceSchema,
  type TypeSchema,
} from "./packageSchema";
import type { DocumentedDefaults } from "./documentedDefaults";

/** Properties that are credentials, wherever they are. The analyzer has no way to be told. */
const secretProperties = new Set([
  "password",
  "privateKey",
  "privateKeyPassword",
  "registryCredentials",
  "credentials",
]);

/** Outputs that are objects of this language, by component. Others give what is used of them. */
export const leftOut: Readonly<Record<string, readonly string[]>> = {
  // Another package's resource: to load hardway's schema, all of that package's would be needed, which is 40 MB for AWS.
  LabInstance: ["instance"],
  // Resources to depend on.
  LabNetwork: ["access"],
};

/** Which type says of another one's properties what they are by default. */
const documentedBy: Readonly<Record<string, string>> = { PartialRuntimeSettings: "RuntimeSettingArgs" };

/** Puts into the analyzer's schema what it cannot know: secrets, defaults, what other languages have no use for, and names that fit them. */
export function finishSchema(raw: PackageSchema, defaults: DocumentedDefaults): PackageSchema {
  const schema = structuredClone(raw);
  for (const [token, resource] of Object.entries(schema.resources)) {
    leaveOut(resource, leftOut[nameOf(token)] ?? []);
    const { inputProperties, properties } = resource;
    finishProperties(schema, inputProperties, defaults.get(nameOf(token)));
    finishProperties(schema, properties);
  }
  for (const [token, { properties = {} }] of Object.entries(schema.types))
    finishProperties(schema, properties, defaults.get(documentedBy[nameOf(token)] ?? nameOf(token)));
  // Of other packages nothing is left.
  delete schema["dependencies"];
  return renameTypes({ ...schema, types: usedTypes(schema), displayName: packageName, keywords, license });
}

function leaveOut(resource: ResourceSchema, names: readonly string[]): void {
  for (const name of names) {
    if (resource.properties[name] === undefined) throw new Error(`There is no output ${name} any more to leave out.`);
    delete resource.properties[name];
  }
  resource.required = resource.required.filter((name) => !names.includes(name));
}

/** The types that something refers to, from the components on. */
function usedTypes({ resources, types }: PackageSchema): Record<string, TypeSchema> {
  const used = new Set<string>();
  const visit = (part: unknown) => {
    for (const [, token = ""] of JSON.stringify(part).matchAll(/"#\/types\/([^"]+)"/g)) {
      if (used.has(token)) continue;
      used.add(token);
      visit(types[token]);
    }
  };
  visit(resources);
  return Object.fromEntries(Object.entries(types).filter(([token]) => used.has(token)));
}

function finishProperties(
  schema: PackageSchema,
  properties: Record<string, PropertySchema>,
  defaults: ReadonlyMap<string, string> = new Map(),
): void {
  for (const [name, property] of Object.entries(properties)) {
    // Whether it must be given is in the list "required" beside the properties.
    delete (property as { optional?: boolean }).optional;
    if (secretProperties.has(name)) property.secret = true;
    const text = defaults.get(name);
    if (text === undefined) continue;
    const value = constant(text, property, schema.types);
    if (value !== undefined) property.default = value;
    if (String(value) !== text.replaceAll('"', ""))
      property.description = [property.description, `Default: ${text.replace(/\.$/, "")}.`]
        .filter(Boolean)
        .join("\n\n");
  }
}

/** The value that a `@default` names; undefined when it is described instead, and for what is no single value. */
function constant(
  text: string,
  property: PropertySchema,
  types: PackageSchema["types"],
): string | number | boolean | undefined {
  const { type } = property;
  const choices = referredType(property, types)?.enum;
  if (choices !== undefined) return choices.find(({ value }) => String(value) === text)?.value;
  const value = /^"(.*)"$/.exec(text)?.[1] ?? (text !== "none" && /^[\w./:-]+$/.test(text) ? text : undefined);
  if (type === "string") return value;
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  // What follows says more about the number.
  const leading = /^\d+(?=$|[:,]| \()/.exec(text)?.[0];
  return type === "number" && leading !== undefined ? Number(leading) : undefined;
}

/**
 * `ConnectionArgs` would be `ConnectionArgsArgs` in Python and Go, which put the ending at the name themselves. Where
 * there is a `Connection` too, of plain values, they are one type: generators make both forms of each, and a property
 * says for itself that it is plain. What the analyzer calls `PartialSettings` is `Settings` with nothing that is required.
 */
function renameTypes(schema: PackageSchema): PackageSchema {
  const renamed = new Map<string, string>();
  for (const token of Object.keys(schema.types)) {
    const shorter = token.replace(/Args$/, "").replace(/:Partial(\w+)$/, ":$1");
    if (shorter === token) continue;
    const other = schema.types[shorter];
    if (other !== undefined && !isDeepStrictEqual(shapeOf(other), shapeOf(schema.types[token])))
      throw new Error(`There are two types ${shorter}, which differ: rename ${token}, or make them the same.`);
    delete schema.types[shorter];
    renamed.set(token, shorter);
  }
  return JSON.parse(
    JSON.stringify(schema).replaceAll(/(")((?:#\/types\/)?)(\w+:index:\w+)(")/g, (_whole, open, prefix, token, close) =>
      [open, prefix, renamed.get(String(token)) ?? token, close].join(""),
    ),
  ) as PackageSchema;
}

/** A type without what it says of single uses, and without its words. */
function shapeOf(type: TypeSchema | undefined): unknown {
  return JSON.parse(
    JSON.stringify(type, (key, value: unknown) => (key === "plain" || key === "description" ? undefined : value)),
  );
}

function nameOf(token: string): string {
  return token.split(":").at(-1) ?? token;
}

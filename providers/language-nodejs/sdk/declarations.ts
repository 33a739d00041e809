import {
  lastPart,
  type ComplexTypeSpec,
  type PackageSpec,
  type PropertySpecs,
  type PropertySpec,
  type ResourceSpec,
} from "./packageSpec";

/** Whether a type is written as a program gives it, or as it gets it. */
type Side = "inputs" | "outputs";

/** References that are the same in all packages. */
const wellKnown: Readonly<Record<string, string>> = {
  "pulumi.json#/Any": "any",
  "pulumi.json#/Json": "string",
  "pulumi.json#/Asset": "pulumi.asset.Asset | pulumi.asset.Archive",
  "pulumi.json#/Archive": "pulumi.asset.Archive",
};

const primitives: Readonly<Record<string, string>> = {
  string: "string",
  number: "number",
  integer: "number",
  boolean: "boolean",
};

/**
 * The declarations of an SDK, for TypeScript 3.8, which Pulumi's SDK brings along, and newer.
 *
 * @throws Error for a property whose type is not one of a package's own
 */
export function sdkDeclarations({ resources = {}, types = {} }: PackageSpec): string {
  const writer = new Writer(types);
  return [
    'import * as pulumi from "@pulumi/pulumi";',
    ...Object.entries(types).flatMap(([token, type]) => (type.enum === undefined ? [] : [enumText(token, type)])),
    ...(["inputs", "outputs"] as const).map((side) => writer.namespace(side)),
    ...Object.entries(resources).map(([token, resource]) => writer.component(token, resource)),
  ].join("\n\n");
}

function enumText(token: string, { description, enum: values = [] }: ComplexTypeSpec): string {
  const name = lastPart(token);
  const members = values.map(
    (each) =>
      `${doc(each.description, "  ")}  readonly ${key(each.name ?? String(each.value))}: ${JSON.stringify(each.value)};\n`,
  );
  return (
    `${doc(description)}export declare const ${name}: {\n${members.join("")}};\n` +
    `export type ${name} = (typeof ${name})[keyof typeof ${name}];`
  );
}

class Writer {
  constructor(private readonly types: Readonly<Record<string, ComplexTypeSpec>>) {}

  namespace(side: Side): string {
    const interfaces = Object.entries(this.types)
      .filter(([, type]) => type.enum === undefined)
      .map(([token, { description, properties = {}, required = [] }]) => {
        const members = this.members(token, properties, required, side, "    ");
        return `${doc(description, "  ")}  interface ${lastPart(token)} {\n${members}  }\n`;
      });
    return `export declare namespace ${side} {\n${interfaces.join("")}}`;
  }

  component(token: string, resource: ResourceSpec): string {
    const { description, inputProperties = {}, requiredInputs = [], properties = {}, required = [] } = resource;
    const name = lastPart(token);
    const args = this.members(token, inputProperties, requiredInputs, "inputs", "  ");
    const outputs = Object.entries(properties).map(([property, spec]) => {
      const type = this.typeOf(spec, "outputs", `${token}.${property}`);
      const orNone = required.includes(property) ? "" : " | undefined";
      return `${doc(spec.description, "  ")}  readonly ${key(property)}: pulumi.Output<${type}${orNone}>;\n`;
    });
    const optional = requiredInputs.length === 0 ? "?" : "";
    return (
      `export interface ${name}Args {\n${args}}\n\n` +
      `${doc(description)}export declare class ${name} extends pulumi.ComponentResource {\n` +
      `  static isInstance(value: any): value is ${name};\n${outputs.join("")}` +
      `  constructor(name: string, args${optional}: ${name}Args, opts?: pulumi.ComponentResourceOptions);\n}`
    );
  }

  private members(
    token: string,
    properties: PropertySpecs,
    required: readonly string[],
    side: Side,
    indent: string,
  ): string {
    return Object.entries(properties)
      .map(([name, spec]) => {
        const type = this.given(spec, side, `${token}.${name}`);
        const optional = required.includes(name) ? "" : "?";
        return `${doc(spec.description, indent)}${indent}readonly ${key(name)}${optional}: ${type};\n`;
      })
      .join("");
  }

  /** A program may give an output for what is not plain, also in a list or a map that is plain itself. */
  private given(spec: PropertySpec, side: Side, place: string): string {
    const type = this.typeOf(spec, side, place);
    return side === "inputs" && !spec.plain ? `pulumi.Input<${type}>` : type;
  }

  private typeOf(spec: PropertySpec, side: Side, place: string): string {
    const { type = "", $ref, items, additionalProperties, oneOf } = spec;
    if (oneOf !== undefined) return oneOf.map((each) => this.typeOf(each, side, place)).join(" | ");
    if ($ref !== undefined) return this.referred($ref, side, place);
    if (type === "array" && items !== undefined) return `(${this.given(items, side, place)})[]`;
    if (type === "object") {
      const values = additionalProperties === undefined ? "any" : this.given(additionalProperties, side, place);
      return `{ [key: string]: ${values} }`;
    }
    const primitive = primitives[type];
    if (primitive === undefined)
      throw new Error(`${place} is of the type ${JSON.stringify(spec)}, which has no form in an SDK`);
    return primitive;
  }

  private referred(reference: string, side: Side, place: string): string {
    const known = wellKnown[reference];
    if (known !== undefined) return known;
    const token = decodeURIComponent(reference.replace(/^#\/types\//, ""));
    const type = this.types[token];
    if (type === undefined)
      throw new Error(
        `${place} refers to ${reference}, and hardway's Node.js language host makes SDKs with a package's own types alone; the ` +
          "official pulumi-language-nodejs makes others",
      );
    return type.enum === undefined ? `${side}.${lastPart(token)}` : lastPart(token);
  }
}

function key(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

function doc(text: string | undefined, indent = ""): string {
  if (text === undefined || text === "") return "";
  const lines = text.replaceAll("*/", "*\\/").split("\n");
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd() + "\n").join("")}${indent} */\n`;
}

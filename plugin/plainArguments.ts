import { Output } from "@pulumi/pulumi";
import { referredType, type PackageSchema, type PropertySchema } from "./schema/packageSchema";

type Types = PackageSchema["types"];
type Properties = Readonly<Record<string, PropertySchema>>;

/**
 * The places of arguments that have to be plain, since they decide what is made, and are outputs. The engine lets them
 * pass, a secret among them, and programs in TypeScript do not compile with them.
 */
export function outputsInPlain(args: object, properties: Properties, types: Types, at = ""): string[] {
  return Object.entries(args).flatMap(([name, value]) => {
    const property = properties[name];
    return property?.plain ? outputsIn(value, property, types, `${at}${name}`) : [];
  });
}

function outputsIn(value: unknown, property: PropertySchema, types: Types, at: string): string[] {
  if (Output.isInstance(value)) return [at];
  if (typeof value !== "object" || value === null) return [];
  const inner = property.items ?? property.additionalProperties;
  if (inner !== undefined)
    return Object.entries(value).flatMap(([key, each]) =>
      inner.plain ? outputsIn(each, inner, types, `${at}[${key}]`) : [],
    );
  return outputsInPlain(value, referredType(property, types)?.properties ?? {}, types, `${at}.`);
}

/** Name of the package in every language; the first part of the components' tokens. */
export const packageName = "hardway";

/** What the generated schema has of Pulumi's package schema. */
export interface PackageSchema {
  readonly name: string;
  readonly version: string;
  readonly resources: Record<string, ResourceSchema>;
  types: Record<string, TypeSchema>;
  [metadata: string]: unknown;
}

export interface ResourceSchema {
  readonly inputProperties: Record<string, PropertySchema>;
  readonly properties: Record<string, PropertySchema>;
  required: string[];
  requiredInputs: string[];
  description?: string;
}

export interface TypeSchema {
  readonly type: string;
  readonly properties?: Record<string, PropertySchema>;
  readonly enum?: readonly { readonly name: string; readonly value: string | number; readonly description?: string }[];
  description?: string;
}

/** The type of the package that a property refers to, if it does. */
export function referredType({ $ref = "" }: PropertySchema, types: PackageSchema["types"]): TypeSchema | undefined {
  return types[$ref.replace("#/types/", "")];
}

export interface PropertySchema {
  readonly type?: string;
  $ref?: string;
  readonly items?: PropertySchema;
  readonly additionalProperties?: PropertySchema;
  description?: string;
  plain?: boolean;
  secret?: boolean;
  default?: string | number | boolean;
}

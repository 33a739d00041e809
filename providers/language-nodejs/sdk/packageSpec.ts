/** What an SDK is made of, of Pulumi's package schema (https://www.pulumi.com/docs/iac/packages-and-automation/schema). */
export interface PackageSpec {
  readonly name: string;
  readonly version?: string;
  readonly description?: string;
  readonly license?: string;
  readonly namespace?: string;
  readonly pluginDownloadURL?: string;
  readonly language?: { readonly nodejs?: { readonly packageName?: string } };
  readonly parameterization?: unknown;
  readonly resources?: Readonly<Record<string, ResourceSpec>>;
  readonly functions?: Readonly<Record<string, unknown>>;
  readonly types?: Readonly<Record<string, ComplexTypeSpec>>;
}

export interface ResourceSpec {
  readonly description?: string;
  readonly isComponent?: boolean;
  readonly methods?: Readonly<Record<string, unknown>>;
  readonly inputProperties?: PropertySpecs;
  readonly requiredInputs?: readonly string[];
  readonly properties?: PropertySpecs;
  readonly required?: readonly string[];
}

export interface ComplexTypeSpec {
  readonly description?: string;
  readonly properties?: PropertySpecs;
  readonly required?: readonly string[];
  readonly enum?: readonly EnumValueSpec[];
}

interface EnumValueSpec {
  readonly name?: string;
  readonly value: string | number | boolean;
  readonly description?: string;
}

export interface PropertySpec {
  readonly type?: string;
  readonly $ref?: string;
  readonly items?: PropertySpec;
  readonly additionalProperties?: PropertySpec;
  readonly oneOf?: readonly PropertySpec[];
  readonly description?: string;
  readonly plain?: boolean;
  readonly secret?: boolean;
}

export type PropertySpecs = Readonly<Record<string, PropertySpec>>;

/** The name of the npm package, as Pulumi's own generator gives it. */
export function npmName({ name, namespace, language }: PackageSpec): string {
  return language?.nodejs?.packageName || `@${namespace || "pulumi"}/${name}`;
}

/** The last part of a token such as `hardway:index:KernelPrep`. */
export function lastPart(token: string): string {
  return token.slice(token.lastIndexOf(":") + 1);
}

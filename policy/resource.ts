/** Stands for a value that a preview does not know yet. */
export const unknownValue = Symbol("not known yet");

/** A resource as rules read it. */
export interface Resource {
  /** E.g. `aws:ec2/instance:Instance`. */
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** URN of the component that it is a part of. */
  readonly parent?: string;
  /** Plain values; `unknownValue` for those that a preview does not know. */
  readonly props: Properties;
}

export type Properties = Readonly<Record<string, unknown>>;

/** A resource of @pulumi/policy, whose properties throw when they are read and not known yet. */
export function readable({ type, name, urn, parent, props }: Resource): Resource {
  return { type, name, urn, ...(parent !== undefined && { parent }), props: copy(props) as Properties };
}

function copy(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return Array.from({ length: value.length }, (_, index) => copyOf(value, index));
  return Object.fromEntries(Object.keys(value).map((key) => [key, copyOf(value, key)]));
}

function copyOf(holder: object, key: string | number): unknown {
  try {
    return copy((holder as Record<string | number, unknown>)[key]);
  } catch (error) {
    // The class is not exported.
    if (error instanceof Error && "unknownTypeSentinel" in error) return unknownValue;
    throw error;
  }
}

/** Whether a resource is inside of a component of that type. */
export function isWithin({ urn }: Resource, component: string): boolean {
  const types = urn.split("::")[2]?.split("$") ?? [];
  return types.slice(0, -1).includes(component);
}

/** A text that is known; undefined for everything else. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The objects of a list; none when it is something else. */
export function objectsOf(value: unknown): Properties[] {
  return Array.isArray(value) ? value.map(objectOf).filter((each) => each !== undefined) : [];
}

/** An object that is known; undefined for everything else. */
export function objectOf(value: unknown): Properties | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Properties) : undefined;
}

/** The texts of a list that are known. */
export function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];
}

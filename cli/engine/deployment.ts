import { createHash } from "node:crypto";

/** What `pulumi stack export` shows of a resource, as far as it is needed here. */
export interface StackResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  /** When the engine last changed it, ISO 8601; a refresh that finds nothing new leaves it. */
  readonly modified?: string;
}

export interface Deployment {
  readonly resources?: readonly StackResource[];
  readonly pending_operations?: readonly { readonly type: string; readonly resource: StackResource }[];
}

/** The same as long as no engine has made, changed or removed anything of the stack, whoever ran it. */
export function revisionOf({ resources = [] }: Deployment): string {
  const changes = resources.filter(({ type }) => !isProvider(type)).map(({ urn, id, modified }) => [urn, id, modified]);
  return createHash("sha256").update(JSON.stringify(changes.sort())).digest("hex");
}

/** A plugin with its settings, which the state has as a resource. */
export function isProvider(type: string): boolean {
  return type.startsWith("pulumi:providers:");
}

import type { EC2 } from "@aws-sdk/client-ec2";
import type { Operation } from "../plugin/operations";
import type { Failure, Properties, Value } from "../plugin/properties";
import type { Change } from "../plugin/provider";
import type { Schema } from "../plugin/schema";

/** What a resource works with while the engine waits for it. */
export interface AwsOperation extends Operation {
  ec2: EC2;
  region: string;
  /** ARN of something in this account and region, e.g. of `key-pair/name`. */
  arn: (resource: string, owner?: string) => string;
}

/** A kind of resource. Inputs and states come without secret markers. */
export interface AwsResourceType {
  /** As error messages name it, e.g. `EC2 Subnet`. */
  title: string;
  inputs: Schema;
  /** Names of what only AWS knows. */
  outputs: readonly string[];
  /** Time for create, update and delete in seconds, unless `customTimeouts` says otherwise. */
  timeouts?: { create?: number; update?: number; delete?: number };
  /** The input that is named after the resource where it is not given, unless `unless` is. */
  autoname?: { property: string; unless?: string };
  /** Problems that no single property has. */
  validate?(inputs: Properties): Failure[];
  /** Whether a change makes a new resource, where that depends on more than the property. */
  replaces?(change: Change, inputs: Properties, state: Properties): boolean;
  /** Outputs that a change in place makes anew. */
  recomputed?(changes: readonly Change[]): readonly string[];
  /**
   * Makes the resource with the tags `inputs.tagsAll`.
   * @param made to be called as soon as AWS has the resource, with its id: then a failure does not lose it
   */
  create(inputs: Properties, context: AwsOperation, made: (id: string) => void): Promise<void>;
  /**
   * All of the state that AWS knows, with its tags as `tagsAll`, or undefined when there is no such resource.
   * @param state what is known of it: a former state, the inputs of a resource just made, or what an import gave
   */
  read(id: string, state: Properties, context: AwsOperation): Promise<Properties | undefined>;
  /** Changes what AWS has in place; tags are none of its work. */
  update?(id: string, inputs: Properties, changes: readonly Change[], context: AwsOperation): Promise<void>;
  /** Must not fail when the resource is gone. */
  delete(id: string, state: Properties, context: AwsOperation): Promise<void>;
  /** What its tags are put on, where that is not its id. */
  taggedId?(state: Properties): string;
  /**
   * The id of a resource and what is known of it, from what the user wrote to import it.
   * Undefined when there is no such resource.
   * @throws Error when it has not the form that it must have
   */
  import?(written: string, context: AwsOperation): Promise<{ id: string; state: Properties } | undefined>;
}

/** The values of checked inputs, by type. */
export const text = (value: Value | undefined) => (typeof value === "string" ? value : undefined);
export const flag = (value: Value | undefined) => (typeof value === "boolean" ? value : undefined);
export const integer = (value: Value | undefined) => (typeof value === "number" ? value : undefined);
export const texts = (value: Value | undefined) => (Array.isArray(value) ? (value as string[]) : undefined);
export const fields = (value: Value | undefined) => (value ?? undefined) as Properties | undefined;
/** A value that an input schema requires. */
export function given(inputs: Properties, name: string): string {
  const value = inputs[name];
  if (typeof value !== "string") throw new Error(`'${name}' is not known`);
  return value;
}

/** Inputs that every resource has. */
export const common = {
  region: { type: "string", computed: true, replaces: true },
} satisfies Schema;

export const tags = {
  tags: { type: "string{}" },
} satisfies Schema;

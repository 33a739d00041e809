import * as sdk from "@aws-sdk/client-ec2";
import { NormalizedSchema } from "@smithy/core/schema";
import type { StaticOperationSchema } from "@smithy/types";

type Sdk = typeof sdk;

/** The SDK's classes of commands by the name of their action. */
type Commands = { [K in keyof Sdk as K extends `${infer Name}Command` ? Name : never]: Sdk[K] };

/** Name of an EC2 action, e.g. `CreateVpc`. */
export type Action = keyof Commands;

/**
 * What each action takes and answers. A table, because the compiler works out the rows that are asked for; of a type that is
 * inferred from an action it would compare those of all actions, which takes longer than to check all else.
 */
type InputsAndOutputs = {
  [A in Action]: InstanceOf<Commands[A]> extends {
    input: infer I;
    resolveMiddleware: (...parameters: never[]) => (...parameters: never[]) => Promise<{ output: infer O }>;
  }
    ? { input: I; output: Omit<O, "$metadata"> }
    : never;
};

type InstanceOf<C> = C extends new (...parameters: never[]) => infer I ? I : never;

/** Parameters of an action, as the SDK's clients give them. */
export type Input<A extends Action> = InputsAndOutputs[A]["input"];

/** Answer of an action, as the SDK's clients see it. */
export type Output<A extends Action> = InputsAndOutputs[A]["output"];

interface ActionShapes {
  readonly input: NormalizedSchema;
  readonly output: NormalizedSchema;
}

/**
 * The shapes of an action as the SDK describes them: which members there are, their types and their names on the wire. Requests
 * are read and answers written by them, so what this server speaks is what the SDK speaks.
 */
export function operation(action: Action): ActionShapes {
  const schema = sdk[`${action}$` as keyof Sdk] as unknown as StaticOperationSchema;
  return { input: NormalizedSchema.of(schema[4]), output: NormalizedSchema.of(schema[5]) };
}

/** Name of a member in a request (https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html). */
export function requestName(memberName: string, member: NormalizedSchema): string {
  const traits = member.getMemberTraits();
  if (typeof traits.ec2QueryName === "string") return traits.ec2QueryName;
  const name = traits.xmlName ?? memberName;
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** Names of the members that a request must have. */
export function requiredMembers(struct: NormalizedSchema): string[] {
  const schema = struct.getSchema();
  if (!Array.isArray(schema) || schema[0] !== 3) return [];
  const [, , , , names, , count] = schema;
  return names.slice(0, count ?? 0);
}

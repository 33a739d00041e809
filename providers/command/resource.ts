import type { Operation as PluginOperation } from "../plugin/operations";
import type { Properties } from "../plugin/properties";
import type { Schema } from "../plugin/schema";

/** What a resource works with while the engine waits for it. */
export interface CommandOperation extends PluginOperation {
  /** Replaces every secret of the resource in a text that is to be shown. */
  redact: (text: string) => string;
}

/** A kind of resource. Inputs and states come without secret markers. */
export interface CommandResourceType {
  schema: Schema;
  /** Outputs that are known only after the work is done. */
  computed(inputs: Properties): string[];
  /** Returns the computed outputs. */
  create: (inputs: Properties, operation: CommandOperation) => Promise<Properties>;
  /** Returns the computed outputs. */
  update: (inputs: Properties, state: Properties, operation: CommandOperation) => Promise<Properties>;
  delete: (state: Properties, operation: CommandOperation) => Promise<void>;
}

type Run = (
  command: string,
  inputs: Properties,
  previous: Properties,
  operation: CommandOperation,
) => Promise<Properties>;

/**
 * The life of a command, remote or local: `create` runs on creation, `update` (or else `create`) when inputs change,
 * and the `delete` of the last state when it goes away.
 */
export function commandLife(run: Run): Omit<CommandResourceType, "schema" | "computed"> {
  const silent = { stdout: "", stderr: "" };
  return {
    create: async (inputs, operation) =>
      typeof inputs.create === "string" ? run(inputs.create, inputs, silent, operation) : silent,
    update: async (inputs, state, operation) => {
      const previous = { stdout: state.stdout ?? "", stderr: state.stderr ?? "" };
      const command = inputs.update ?? inputs.create;
      return typeof command === "string" ? run(command, inputs, previous, operation) : previous;
    },
    delete: async (state, operation) => {
      if (typeof state.delete === "string") await run(state.delete, state, state, operation);
    },
  };
}

/** The outputs of the previous run as environment variables of the next, unless `addPreviousOutputInEnv` is false. */
export function previousOutputEnvironment(inputs: Properties, previous: Properties): Record<string, string> {
  if (inputs.addPreviousOutputInEnv === false) return {};
  const variables = { PULUMI_COMMAND_STDOUT: previous.stdout, PULUMI_COMMAND_STDERR: previous.stderr };
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => typeof entry[1] === "string" && !!entry[1]),
  );
}

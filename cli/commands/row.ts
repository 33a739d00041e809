import type { Argument, Option } from "commander";
import type { GlobalOptions } from "../lab/context";

/**
 * What a command does.
 *
 * @param given the arguments, then the command's own options, as commander passes them
 * @returns the exit code
 */
type Action = (options: GlobalOptions, ...given: never[]) => Promise<number>;

/** A command as the user sees it. Its code is loaded only when it is called, so that no command loads what only others need. */
export interface CommandRow {
  readonly name: string;
  /** Its line in the list of commands. */
  readonly summary: string;
  /** @default the summary as a sentence */
  readonly description?: string;
  readonly examples: readonly string[];
  readonly arguments?: readonly Argument[];
  /** Besides those that every command takes. */
  readonly options?: readonly Option[];
  /** Whether everything after the first arguments is passed on unchanged, including options. */
  readonly passThrough?: boolean;
  /** Whether options that it does not know are passed on as well, before the first argument too. */
  readonly unknownOptions?: boolean;
  /** What it does, for one that has no commands below it. */
  readonly load?: () => Promise<Action>;
  /** The commands below it. */
  readonly commands?: readonly CommandRow[];
}

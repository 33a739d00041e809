import type { InstanceDriver } from "./driver";
import type { PublicAddresses } from "./PublicAddresses";
import type { HandledInputs } from "./handled";
import type { Action, Input, Output } from "./sdk";
import type { State } from "./state";
import type { Store } from "./Store";

/** What every handler may look at. */
export interface Environment {
  readonly region: string;
  readonly driver: InstanceDriver;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Starts the work on a machine that a changed state asks for; see `Lifecycle`. */
export interface Machines {
  start(id: string): void;
  stop(id: string, force: boolean): void;
  reboot(id: string): void;
  terminate(id: string): void;
}

/** What a handler needs that waits for something. */
export interface Services extends Environment {
  readonly store: Store;
  readonly machines: Machines;
  readonly publicAddresses: PublicAddresses;
}

/** Actions that only look. */
export type Reads = { readonly [A in Action]?: (state: State, input: Input<A>, environment: Environment) => Output<A> };

/** Actions that change the state they are given, all or nothing: what they throw undoes what they did. */
export type Changes = {
  readonly [A in Action]?: (draft: State, input: Input<A>, environment: Environment) => Output<A>;
};

/** Actions that wait for something, or set something going. */
export type Tasks = { readonly [A in Action]?: (services: Services, input: Input<A>) => Promise<Output<A>> };

/** The actions of one family of resources. */
export interface Family {
  /** For each of them the parameters that it acts on. */
  readonly inputs: HandledInputs;
  readonly reads?: Reads;
  readonly changes?: Changes;
  readonly tasks?: Tasks;
}

/** The account of everything in the embedded EC2. */
export const accountId = "000000000000";

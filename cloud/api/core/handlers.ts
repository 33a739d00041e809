import type { InstanceDriver } from "./driver";
import type { PublicAddresses } from "./PublicAddresses";
import type { Handled } from "./handled";
import { forget, forgettable } from "./forgotten";
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

/** An action, and the parameters that it acts on. */
export interface Handler<A extends Action> {
  readonly inputs: Handled<Input<A>>;
  readonly run: (services: Services, input: Input<A>) => Output<A> | Promise<Output<A>>;
}

/** The actions of one family of resources. */
export type Actions = { readonly [A in Action]?: Handler<A> };

type Step<A extends Action> = (state: State, input: Input<A>, environment: Environment) => Output<A>;

/** An action that only looks. */
export function read<A extends Action>(inputs: Handled<Input<A>>, step: Step<A>): Handler<A> {
  return { inputs, run: (services, input) => step(services.store.state, input, services) };
}

/** One that changes the state it is given, all or nothing: what it throws undoes what it did. */
export function change<A extends Action>(inputs: Handled<Input<A>>, step: Step<A>): Handler<A> {
  return {
    inputs,
    run: (services, input) =>
      services.store.change((draft) => {
        // Looked for in the state itself: to look into a draft costs more.
        forget(draft, forgettable(services.store.state, services.now()));
        return step(draft, input, services);
      }),
  };
}

/** One that waits for something, or sets something going. */
export function task<A extends Action>(inputs: Handled<Input<A>>, run: Handler<A>["run"]): Handler<A> {
  return { inputs, run };
}

/** The account of everything in the embedded EC2. */
export const accountId = "000000000000";

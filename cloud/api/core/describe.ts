import type { Filter } from "@aws-sdk/client-ec2";
import { applyFilters, type FilterFields } from "./filters";
import { filtered, type Handled } from "./handled";
import { read, type Environment, type Handler } from "./handlers";
import { select, type Kind, type Resource } from "./ids";
import { page, type PageLimits } from "./pages";
import type { Action, Input, Output } from "./sdk";
import type { State, Tag } from "./state";
import { tagsOf } from "./tags";

type Item<O> = NonNullable<O> extends readonly (infer I)[] ? I : never;

interface Listing<A extends Action, T, O extends keyof Output<A>> {
  /** Member of the answer that has the list. */
  readonly output: O;
  readonly filters?: FilterFields<T>;
  readonly render: (state: State, item: T, input: Input<A>, environment: Environment) => Item<Output<A>[O]>;
}

/** An action that lists something, in pages where it has the parameters for that. */
export function list<A extends Action, T, O extends keyof Output<A>>(
  listing: Listing<A, T, O> & {
    readonly inputs: Handled<Input<A>>;
    /** What the request names, or all. */
    readonly select: (state: State, input: Input<A>, environment: Environment) => readonly T[];
    /** What tells an item from the others. */
    readonly idOf: (item: T) => string;
    readonly tags?: (item: T, state: State) => readonly Tag[];
    /** Of pages, where they are not the usual ones. */
    readonly limits?: PageLimits;
  },
): Handler<A> {
  const { inputs, output, filters = {}, idOf, tags, limits } = listing;
  return read(inputs, (state, input, environment) => {
    const request = input as { Filters?: Filter[]; MaxResults?: number; NextToken?: string };
    const asked = listing.select(state, input, environment);
    const found = applyFilters(asked, request.Filters, filters, state, tags);
    const isPaged = "MaxResults" in (inputs as object);
    const { items, nextToken } = isPaged ? page(found, idOf, request, limits) : { items: found };
    const described = items.map((item) => listing.render(state, item, input, environment));
    return { [output]: described, NextToken: nextToken };
  });
}

/** An action that lists resources of a kind. `ids` is the parameter that names those that are wanted. */
export function describe<A extends Action, K extends Kind, O extends keyof Output<A>>(
  kind: K,
  ids: keyof Input<A>,
  listing: Listing<A, Resource<K>, O> & {
    /** Parameters besides the ids, and those for filters and pages. */
    readonly inputs?: object;
    /** What else of a request says which resources are wanted. */
    readonly narrow?: (state: State, input: Input<A>) => (item: Resource<K>) => boolean;
    readonly idOf?: (item: Resource<K>) => string;
    /** @default true */
    readonly isPaged?: boolean;
  },
): Handler<A> {
  const { isPaged = true, narrow, idOf = (item) => (item as { id: string }).id } = listing;
  const inputs = { [ids]: true, ...(isPaged ? filtered : { Filters: true }), ...listing.inputs };
  return list<A, Resource<K>, O>({
    ...listing,
    ...{ inputs, idOf },
    select: (state, input) => {
      const named = select(kind, state, input[ids] as readonly string[] | undefined);
      return narrow === undefined ? named : named.filter(narrow(state, input));
    },
    tags: (item, state) => tagsOf(state, idOf(item)),
  });
}

/**
 * Which members of an input an action acts on: `true` for one with all that is in it, an object for some of its members, `only(...)`
 * for a member that may have just these values, which ask for nothing that is not so anyway. A list's items are alike. What is not
 * named is refused by its name and never dropped: who asks for it would not get it.
 */
export type Handled<T> =
  | true
  | Only
  | (unknown extends T
      ? object
      : T extends readonly (infer Item)[]
        ? Handled<Item>
        : T extends object
          ? { readonly [K in keyof T]?: Handled<NonNullable<T[K]>> }
          : never);

export class Only {
  constructor(readonly values: readonly unknown[]) {}
}

export const only = (...values: readonly (string | number | boolean)[]): Only => new Only(values);

/** What most Describe actions have. */
export const paged = { MaxResults: true, NextToken: true } as const;
export const filtered = { Filters: true, ...paged } as const;

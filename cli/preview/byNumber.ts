const collator = new Intl.Collator("en", { numeric: true });

/** Compares names so that node-10 comes after node-9. */
export const byNumber = (one: string, other: string): number => collator.compare(one, other);

/** A JSON text; undefined for any other. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What the API server says of an object, as far as it is looked at. */
export interface ApiObject {
  readonly kind?: string;
  /** Of a refusal. */
  readonly message?: string;
  readonly metadata?: {
    readonly name?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

/** Why an answer of the API server is not what was asked for; undefined where it is of that kind. */
export function refusalIn(text: string, kind: string): string | undefined {
  const found = parseJson(text) as ApiObject | undefined;
  if (found?.kind === kind) return undefined;
  return found?.message ?? (text.trim() === "" ? "no answer" : text.trim());
}

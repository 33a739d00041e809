/**
 * Property values as they travel between engine and plugin: JSON with marked objects for secrets and assets and a
 * marker string for values that are not known yet (sdk/go/common/resource/plugin/rpc.go of pulumi/pulumi).
 * A plugin keeps this raw form for everything it hands back, so that what came in as a secret stays one.
 */
export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };
export type Properties = { [key: string]: Value };

/** What is wrong with an input. */
export interface Failure {
  property: string;
  reason: string;
}

const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const assetSignature = "c44067f5952c0a294b673a41bacd8c17";
const archiveSignature = "0def7320c3a5731c473e5ecbe6d01bc7";

/** Stands for a value that becomes known when the update runs. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

interface Asset {
  kind: "asset" | "archive";
  hash?: string;
  text?: string;
  path?: string;
  uri?: string;
  /** Entries of an archive that is made of assets, by path. */
  assets?: { [path: string]: Value };
}

function isObject(value: Value | undefined): value is { [key: string]: Value } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isSecret(value: Value | undefined): boolean {
  return isObject(value) && value[signatureKey] === secretSignature;
}

export function secret(value: Value): Value {
  return isSecret(value) ? value : { [signatureKey]: secretSignature, value };
}

/** The value without secret markers at any depth. */
export function plain(value: Value | undefined): Value {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value ?? null;
  if (isSecret(value)) return plain(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, plain(child)]));
}

function some(value: Value | undefined, test: (value: Value) => boolean): boolean {
  if (value === undefined) return false;
  if (test(value)) return true;
  if (Array.isArray(value)) return value.some((child) => some(child, test));
  return isObject(value) && Object.values(value).some((child) => some(child, test));
}

export const hasSecret = (value: Value | undefined) => some(value, isSecret);
export const hasUnknown = (value: Value | undefined) => some(value, (child) => child === unknown);

/** Every string inside a secret. */
export function secretStrings(value: Value | undefined, inSecret = false): string[] {
  if (typeof value === "string") return inSecret ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((child) => secretStrings(child, inSecret));
  if (!isObject(value)) return [];
  if (isSecret(value)) return secretStrings(value.value, true);
  return Object.values(value).flatMap((child) => secretStrings(child, inSecret));
}

/** Shorter texts are no secrets worth hiding, and hiding them would make messages unreadable. */
const shortestSecret = 4;

/** Replaces secrets in a text that is to be shown. */
export function hideSecrets(secrets: readonly string[]): (text: string) => string {
  const parts = secrets.filter((part) => part.length >= shortestSecret);
  const longestFirst = [...new Set(parts)].sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((shown, part) => shown.replaceAll(part, "[secret]"), text);
}

export function asAsset(value: Value | undefined): Asset | undefined {
  if (!isObject(value)) return undefined;
  const { [signatureKey]: signature, ...fields } = value;
  if (signature !== assetSignature && signature !== archiveSignature) return undefined;
  // An absent field may arrive as "": only what was set names the kind of source.
  const set = Object.fromEntries(Object.entries(fields).filter(([, field]) => field !== "" && field !== null));
  const isText = signature === assetSignature && !("path" in set) && !("uri" in set);
  const text = isText ? { text: typeof fields.text === "string" ? fields.text : "" } : {};
  return { ...set, ...text, kind: signature === assetSignature ? "asset" : "archive" };
}

export function assetValue({ kind, ...fields }: Asset): Value {
  const set = Object.entries(fields).filter(([, field]) => field !== undefined) as [string, Value][];
  return { ...Object.fromEntries(set), [signatureKey]: kind === "asset" ? assetSignature : archiveSignature };
}

export type ChangeKind = "add" | "delete" | "update";

/**
 * What differs between two values, by property path (`connection.host`, `triggers[0]`); secret markers do not count.
 * Assets are equal when their content hashes are: a file that moved is not a change.
 */
export function changes(before: Value | undefined, after: Value | undefined, path = ""): Map<string, ChangeKind> {
  const found = new Map<string, ChangeKind>();
  const old = plain(before);
  const now = plain(after);
  const visit = (a: Value, b: Value, at: string) => {
    const [assetA, assetB] = [asAsset(a), asAsset(b)];
    if (assetA?.hash && assetB?.hash) {
      if (assetA.hash !== assetB.hash || assetA.kind !== assetB.kind) found.set(at, "update");
    } else if (Array.isArray(a) && Array.isArray(b)) {
      for (let i = 0; i < Math.max(a.length, b.length); i++) visit(a[i] ?? null, b[i] ?? null, `${at}[${i}]`);
    } else if (isObject(a) && isObject(b)) {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
        visit(a[key] ?? null, b[key] ?? null, joinPath(at, key));
      }
    } else if (a !== b) {
      found.set(at, a === null ? "add" : b === null ? "delete" : "update");
    }
  };
  visit(old, now, path);
  return found;
}

function joinPath(parent: string, key: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${parent}[${JSON.stringify(key)}]`;
  return parent === "" ? key : `${parent}.${key}`;
}

import type { Value } from "../../../plugin/properties";

/** EC2's limit for user data before it is encoded, in bytes. */
const longest = 16384;

export function userDataSize(value: string): string | undefined {
  const size = isBase64(value) ? Buffer.from(value, "base64").length : Buffer.byteLength(value);
  return size <= longest ? undefined : `at most ${longest} bytes long (it has ${size}); compress it`;
}

/** As it is sent: text that is base64 already is taken as such, as the official provider does. */
export function encodeUserData(value: string): string {
  return isBase64(value) ? value : Buffer.from(value).toString("base64");
}

/** The state has user data as text, which is what the program gave unless it encoded it. */
export function decodeUserData(value: string | undefined): string | undefined {
  return value ? Buffer.from(value, "base64").toString() : undefined;
}

export function sameUserData(before: Value, after: Value): boolean {
  if (typeof before !== "string" || typeof after !== "string") return false;
  return before === after || encodeUserData(before) === encodeUserData(after);
}

function isBase64(value: string): boolean {
  return value !== "" && Buffer.from(value, "base64").toString("base64") === value;
}

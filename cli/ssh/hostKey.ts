import { createHash } from "node:crypto";

/** A public host key as in known_hosts: `ssh-ed25519 AAAA... comment`. */
export interface HostKey {
  readonly type: string;
  /** Wire form of the key (RFC 4253, 6.6). */
  readonly blob: Buffer;
}

/** @throws RangeError when `text` is not one public key. */
export function parseHostKey(text: string): HostKey {
  const [type, base64] = text.trim().split(/\s+/);
  const blob = Buffer.from(base64 ?? "", "base64");
  // The wire form begins with the key's type as a counted string.
  const length = blob.length >= 4 ? blob.readUInt32BE(0) : 0;
  if (type === undefined || blob.subarray(4, 4 + length).toString("latin1") !== type) {
    throw new RangeError(`"${text}" is not a public host key such as "ssh-ed25519 AAAA..."`);
  }
  return { type, blob };
}

/** `SHA256:...` as ssh-keygen -l prints it. */
export function fingerprint(blob: Buffer): string {
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

/** Signature algorithms by which a server can prove a key of this type (RFC 8332 for RSA). */
export function signatureAlgorithms(type: string): string[] {
  return type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [type];
}

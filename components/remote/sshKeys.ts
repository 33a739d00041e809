import { createHash, createPrivateKey } from "node:crypto";
import { KeyEncryptedError, parsePrivateKey as readKey } from "sshpk";

/** `SHA256:...`: fingerprint of a public key in its wire form, as `ssh-keygen -l` prints it. */
export function fingerprint(publicKey: Buffer): string {
  return `SHA256:${createHash("sha256").update(publicKey).digest("base64").replace(/=+$/, "")}`;
}

/** A private key that was read. */
export interface PrivateKey {
  /** The key in OpenSSH's format, without a passphrase. */
  readonly openSsh: string;
  /** Wire form of its public half (RFC 4253, 6.6). */
  readonly publicKey: Buffer;
}

/** Of the types that sshpk reads, those with which one can log in. */
const loginKeyTypes = ["rsa", "ecdsa", "ed25519"];

/**
 * Reads a private key in OpenSSH, PKCS#1, SEC1 or PKCS#8 form.
 * @throws Error that says what is wrong with the key and holds nothing of it
 */
export function parsePrivateKey(text: string, passphrase?: string): PrivateKey {
  const normal = `${text.replaceAll("\r\n", "\n").trim()}\n`;
  if (/^(ssh|ecdsa)-|^-----BEGIN [A-Z0-9 ]*PUBLIC KEY-----/.test(normal))
    throw new Error("this is a public key; name the private one");
  if (!normal.startsWith("-----BEGIN ")) throw new Error("Unsupported key format");
  // Node reads every encryption of PKCS#8 (RFC 8018), sshpk only some.
  const isPkcs8 = normal.startsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----");
  const key = isPkcs8 ? readPem(decryptedPkcs8(normal, passphrase)) : readPem(normal, passphrase);
  if (!loginKeyTypes.includes(key.type)) throw new Error(`keys of type ${key.type} cannot be used for SSH`);
  return { openSsh: key.toString("openssh"), publicKey: key.toPublic().toBuffer("rfc4253", {}) };
}

function readPem(pem: string, passphrase?: string) {
  try {
    return readKey(pem, "pem", passphrase === undefined ? {} : { passphrase });
  } catch (error) {
    // Not as the cause: a parser's own message may hold parts of what it read.
    // oxlint-disable-next-line preserve-caught-error
    throw new Error(problemOf(error as Error));
  }
}

function problemOf(error: Error): string {
  if (error instanceof KeyEncryptedError) return "Encrypted private key, but no passphrase for it";
  return error.message.includes("Incorrect passphrase")
    ? "the passphrase does not fit the key"
    : "malformed private key";
}

function decryptedPkcs8(pem: string, passphrase?: string): string {
  try {
    return createPrivateKey({ key: pem, passphrase }).export({ type: "pkcs8", format: "pem" }) as string;
  } catch {
    throw new Error("cannot decrypt the PKCS#8 key with privateKeyPassword");
  }
}

/** A public key as in known_hosts: `ssh-ed25519 AAAA... comment`. */
export interface PublicKey {
  readonly type: string;
  /** Wire form of the key (RFC 4253, 6.6). */
  readonly blob: Buffer;
}

/**
 * How many bytes the parts of a key have after its type (RFC 8709, RFC 5656, RFC 8332); a modulus below 1024 bits is
 * refused by all.
 */
const partSizes: Readonly<Record<string, readonly { readonly least: number; readonly most: number }[]>> = {
  "ssh-ed25519": [{ least: 32, most: 32 }],
  "ssh-rsa": [
    { least: 1, most: 8 },
    { least: 128, most: 2049 },
  ],
  ...Object.fromEntries(
    Object.entries({ nistp256: 65, nistp384: 97, nistp521: 133 }).map(([curve, size]) => [
      `ecdsa-sha2-${curve}`,
      [
        { least: 8, most: 8 },
        { least: size, most: size },
      ],
    ]),
  ),
};

/**
 * Reads a line of a `.pub` file or of known_hosts without its hosts: type, key and comment.
 * @throws RangeError when it is not one whole public key of a type that ssh2 and OpenSSH take for a host's
 */
export function parsePublicKey(line: string): PublicKey {
  // Control characters would be read as the end of the line, or hidden, by who reads the text next.
  // oxlint-disable-next-line no-control-regex
  const [type = "", base64 = ""] = /[\0-\x08\x0a-\x1f\x7f]/.test(line.trim()) ? [] : line.trim().split(/\s+/);
  const blob = Buffer.from(base64, "base64");
  const isExact = blob.toString("base64").replace(/=+$/, "") === base64.replace(/=+$/, "");
  const sizes = Object.hasOwn(partSizes, type) ? partSizes[type] : undefined;
  const [named, ...parts] = countedParts(blob);
  if (
    !isExact ||
    named?.toString("latin1") !== type ||
    sizes?.length !== parts.length ||
    !sizes.every(({ least, most }, index) => least <= parts[index]!.length && parts[index]!.length <= most)
  ) {
    throw new RangeError(`${JSON.stringify(line)} is not a public host key such as "ssh-ed25519 AAAA..."`);
  }
  return { type, blob };
}

/** Whether the text is one whole public key. */
export function isPublicKey(text: string): boolean {
  try {
    parsePublicKey(text);
    return true;
  } catch {
    return false;
  }
}

/** A key that came in its wire form. */
export function publicKeyOf(blob: Buffer): PublicKey {
  return { type: countedParts(blob)[0]?.toString("latin1") ?? "", blob };
}

/** The key as it is written: type and base64, without a comment. */
export function formatPublicKey({ type, blob }: PublicKey): string {
  return `${type} ${blob.toString("base64")}`;
}

/** The counted strings that the wire form is made of; none where they do not fill it. */
function countedParts(blob: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  let at = 0;
  while (at + 4 <= blob.length) {
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length) return [];
    parts.push(blob.subarray(at + 4, end));
    at = end;
  }
  return at === blob.length ? parts : [];
}

/** Signature algorithms by which a server can prove a key of this type (RFC 8332 for RSA). */
export function signatureAlgorithms(type: string): string[] {
  return type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [type];
}

/**
 * Signature algorithms by which hosts prove their keys, without RSA's old one, which uses SHA-1. The order is fixed,
 * since ssh2's own differs between its versions: a host with several keys always yields the same one.
 */
export const hostKeyAlgorithms = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
] as const;

/** These algorithms, those first that prove a key of this type; in their order where none is named. */
export function firstFor<T extends string>(type: string | undefined, algorithms: readonly T[]): T[] {
  const wanted: readonly string[] = type === undefined ? [] : [type, ...signatureAlgorithms(type)];
  const isWanted = (name: T) => wanted.includes(name);
  return [...algorithms.filter(isWanted), ...algorithms.filter((name) => !isWanted(name))];
}

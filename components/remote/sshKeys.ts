import { createHash, createPrivateKey, randomBytes } from "node:crypto";
import { utils, type ParsedKey } from "ssh2";

/** `SHA256:...`: fingerprint of a public key in its wire form, as `ssh-keygen -l` prints it. */
export function fingerprint(publicKey: Buffer): string {
  return `SHA256:${createHash("sha256").update(publicKey).digest("base64").replace(/=+$/, "")}`;
}

/**
 * Reads a private key in OpenSSH, PKCS#1, SEC1 or PKCS#8 form.
 * @throws Error that says what is wrong with the key and holds nothing of it
 */
export function parsePrivateKey(text: string, passphrase?: string): ParsedKey {
  const normal = text.replaceAll("\r\n", "\n").trim() + "\n";
  const pem = /^-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.test(normal) ? fromPkcs8(normal, passphrase) : normal;
  const key = parseKey(pem, passphrase);
  if (key === undefined) throw new Error("the key holds nothing");
  if (key instanceof Error) throw new Error(key.message.replace(/\.?$/, ""));
  if (!key.isPrivateKey()) throw new Error("this is a public key; name the private one");
  return key;
}

function parseKey(text: string, passphrase?: string): ParsedKey | Error | undefined {
  // ssh2's types leave out that OpenSSH files yield a list.
  const parsed: unknown = utils.parseKey(text, passphrase);
  return (Array.isArray(parsed) ? parsed[0] : parsed) as ParsedKey | Error | undefined;
}

/** ssh2 reads no PKCS#8, which is what TLS tools and Pulumi's tls.PrivateKey write. */
function fromPkcs8(pem: string, passphrase?: string): string {
  let key;
  try {
    key = createPrivateKey({ key: pem, passphrase });
  } catch {
    const encrypted = pem.includes("ENCRYPTED");
    throw new Error(encrypted ? "cannot decrypt the PKCS#8 key with privateKeyPassword" : "malformed PKCS#8 key");
  }
  const type: string = key.asymmetricKeyType ?? "unknown";
  switch (type) {
    case "rsa":
      return key.export({ format: "pem", type: "pkcs1" }) as string;
    case "ec":
      return key.export({ format: "pem", type: "sec1" }) as string;
    case "ed25519": {
      const { d, x } = key.export({ format: "jwk" });
      return openSshEd25519(Buffer.from(d ?? "", "base64url"), Buffer.from(x ?? "", "base64url"));
    }
    default:
      throw new Error(`keys of type ${type} cannot be used for SSH`);
  }
}

/** The file format of PROTOCOL.key in OpenSSH, for which no library function exists. */
function openSshEd25519(seed: Buffer, publicKey: Buffer): string {
  const uint32 = (n: number) => Buffer.from([n >>> 24, n >>> 16, n >>> 8, n]);
  const string = (data: Buffer | string) => Buffer.concat([uint32(Buffer.byteLength(data)), Buffer.from(data)]);
  const publicBlob = Buffer.concat([string("ssh-ed25519"), string(publicKey)]);
  const check = randomBytes(4);
  const secret = Buffer.concat([check, check, publicBlob, string(Buffer.concat([seed, publicKey])), string("")]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, i) => i + 1));
  const file = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    ...[string("none"), string("none"), string(""), uint32(1)],
    ...[string(publicBlob), string(Buffer.concat([secret, padding]))],
  ]);
  const lines = file.toString("base64").replace(/.{1,70}/g, "$&\n");
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}-----END OPENSSH PRIVATE KEY-----\n`;
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
  // eslint-disable-next-line no-control-regex
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

import { createHash, createPrivateKey, randomBytes } from "node:crypto";
import { utils, type ParsedKey } from "ssh2";

/** Fingerprint of a public key in its wire form, as `ssh-keygen -l` prints it. */
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
  if (!key.isPrivateKey()) throw new Error("this is a public key, a private key is needed");
  return key;
}

function parseKey(text: string, passphrase?: string): ParsedKey | Error | undefined {
  // ssh2's types do not say that OpenSSH files give a list.
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

/** Reads an `authorized_keys` or `.pub` line. */
export function parseHostKey(line: string): { type: string; blob: Buffer } {
  const key = parseKey(line.trim());
  if (key === undefined || key instanceof Error || key.isPrivateKey()) {
    throw new Error("failed to parse host key: expected a line such as 'ssh-ed25519 AAAA...'");
  }
  return { type: key.type, blob: key.getPublicSSH() };
}

import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import ssh2 from "ssh2";
import { generateKeyPair } from "../../machines/identity";
import { describe } from "../core/describe";
import { Ec2Error, invalidParameterValue, missingParameter } from "../core/errors";
import type { FilterFields } from "../core/filters";
import { only } from "../core/handled";
import { change, type Actions } from "../core/handlers";
import { find, newId, remove } from "../core/ids";
import type { Input } from "../core/sdk";
import type { KeyPair, State } from "../core/state";
import { add, tagList } from "../core/tags";

const invalidFormat = (): Ec2Error =>
  new Ec2Error("InvalidKey.Format", "Key is not in valid OpenSSH public key format");

/** Far more than a key of 16384 bits has. In bytes. */
const maxMaterial = 16_384;

/**
 * Reads a public key in one of the forms that EC2 takes (EC2 user guide, "Create a key pair using a third-party tool"): OpenSSH's
 * line, the same key in the form of RFC 4716, or an RSA key's DER in base64.
 * @throws Ec2Error InvalidKey.Format.
 */
function readPublicKey(material: Uint8Array): Pick<KeyPair, "type" | "publicKey" | "fingerprint"> {
  if (material.length > maxMaterial) throw invalidFormat();
  const line = openSshLine(Buffer.from(material).toString("utf8").trim());
  const [, algorithm, blob = "", comment] = /^(ssh-rsa|ssh-ed25519) ([A-Za-z0-9+/]+=*)(?: ([ -~]*))?$/.exec(line) ?? [];
  if (algorithm === undefined) throw invalidFormat();
  const parsed = ssh2.utils.parseKey(line);
  if (parsed instanceof Error || parsed.type !== algorithm) throw invalidFormat();
  const publicKey = comment === undefined ? `${algorithm} ${blob}` : `${algorithm} ${blob} ${comment}`;
  if (algorithm === "ssh-ed25519") {
    return {
      type: "ed25519",
      publicKey,
      fingerprint: createHash("sha256").update(parsed.getPublicSSH()).digest("base64"),
    };
  }
  const der = createPublicKey(parsed.getPublicPEM()).export({ type: "spki", format: "der" });
  return { type: "rsa", publicKey, fingerprint: colons(createHash("md5").update(der).digest("hex")) };
}

/** The key as one line, whatever its form; what is none of them stays as it is. */
function openSshLine(text: string): string {
  const [, body] =
    /^---- BEGIN SSH2 PUBLIC KEY ----\r?\n([\s\S]*?)\r?\n---- END SSH2 PUBLIC KEY ----$/.exec(text) ?? [];
  if (body !== undefined) {
    // Headers go before the key, and a line that ends with a backslash goes on in the next one (RFC 4716, 3.3).
    const lines = body.replace(/\\\r?\n/g, "").split(/\r?\n/);
    return lineOf(lines.filter((line) => !line.includes(":")).join(""));
  }
  const base64 = text.replace(/\s+/g, "");
  if (!/^[A-Za-z0-9+/]+=*$/.test(base64)) return text;
  try {
    const key = createPublicKey({ key: Buffer.from(base64, "base64"), format: "der", type: "spki" });
    const { kty, n = "", e = "" } = key.export({ format: "jwk" });
    if (kty !== "RSA") return text;
    const parts = [Buffer.from("ssh-rsa"), ...[e, n].map((part) => integer(Buffer.from(part, "base64url")))];
    return lineOf(Buffer.concat(parts.flatMap((part) => [uint32(part.length), part])).toString("base64"));
  } catch {
    return text;
  }
}

/** A key in SSH's own encoding names its algorithm first (RFC 4253, 6.6). */
function lineOf(blob: string): string {
  const data = Buffer.from(blob, "base64");
  const length = data.length < 4 ? 0 : data.readUInt32BE(0);
  return `${data.subarray(4, 4 + length).toString("latin1")} ${blob}`;
}

/** Of SSH: one whose first bit is set would be negative (RFC 4251, 5). */
const integer = (bytes: Buffer): Buffer => ((bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.alloc(1), bytes]));

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const colons = (hex: string): string => hex.replace(/(..)(?=.)/g, "$1:");

/** As AWS does it: RSA keys in PEM with SHA-1 of the private key as fingerprint, Ed25519 ones in OpenSSH's form. */
function createKey(
  type: "rsa" | "ed25519",
): Pick<KeyPair, "type" | "publicKey" | "fingerprint"> & { material: string } {
  if (type === "ed25519") {
    const { publicKey, privateKey } = generateKeyPair("");
    return { ...readPublicKey(Buffer.from(publicKey)), material: privateKey };
  }
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error) throw parsed;
  const der = createPrivateKey(privateKey).export({ type: "pkcs8", format: "der" });
  return {
    type,
    publicKey: `ssh-rsa ${parsed.getPublicSSH().toString("base64")}`,
    fingerprint: colons(createHash("sha1").update(der).digest("hex")),
    material: privateKey,
  };
}

export function findKeyPair(state: State, name: string): KeyPair {
  const found = Object.values(state.keyPairs).find((keyPair) => keyPair.name === name);
  if (found === undefined) throw new Ec2Error("InvalidKeyPair.NotFound", `The key pair '${name}' does not exist`);
  return found;
}

function checkNewName(state: State, name: string | undefined): string {
  if (name === undefined || name === "") throw missingParameter("keyName");
  if (name.length > 255 || !/^[ -~]+$/.test(name)) {
    throw invalidParameterValue(
      `Value (${name}) for parameter keyName is invalid. It must have up to 255 ASCII characters.`,
    );
  }
  if (Object.values(state.keyPairs).some((keyPair) => keyPair.name === name)) {
    throw new Ec2Error("InvalidKeyPair.Duplicate", `The keypair '${name}' already exists.`);
  }
  return name;
}

const filters: FilterFields<KeyPair> = {
  "key-name": (keyPair) => keyPair.name,
  "key-pair-id": (keyPair) => keyPair.id,
  fingerprint: (keyPair) => keyPair.fingerprint,
};

function addKeyPair(draft: State, key: Omit<KeyPair, "id">, input: Pick<Input<"CreateKeyPair">, "TagSpecifications">) {
  const keyPair = add(draft, "keyPair", { id: newId("key"), ...key }, input.TagSpecifications);
  return {
    KeyPairId: keyPair.id,
    KeyName: keyPair.name,
    KeyFingerprint: keyPair.fingerprint,
    Tags: tagList(draft, keyPair.id),
  };
}

export const keyPairs: Actions = {
  DescribeKeyPairs: describe("keyPair", "KeyPairIds", {
    inputs: { KeyNames: true, IncludePublicKey: true },
    narrow: (state, { KeyNames: names }) => {
      const wanted = names?.map((name) => findKeyPair(state, name));
      return (keyPair) => wanted?.includes(keyPair) ?? true;
    },
    ...{ output: "KeyPairs", filters, isPaged: false },
    render: (state, keyPair, { IncludePublicKey: withKey }) => ({
      KeyPairId: keyPair.id,
      KeyName: keyPair.name,
      KeyType: keyPair.type,
      KeyFingerprint: keyPair.fingerprint,
      CreateTime: new Date(keyPair.createTime),
      PublicKey: withKey === true ? keyPair.publicKey : undefined,
      Tags: tagList(state, keyPair.id),
    }),
  }),

  ImportKeyPair: change(
    { KeyName: true, PublicKeyMaterial: true, TagSpecifications: true },
    (draft, input, { now }) => {
      const name = checkNewName(draft, input.KeyName);
      const key = readPublicKey(input.PublicKeyMaterial ?? new Uint8Array());
      return addKeyPair(draft, { name, ...key, createTime: new Date(now()).toISOString() }, input);
    },
  ),

  CreateKeyPair: change(
    { KeyName: true, KeyType: true, KeyFormat: only("pem"), TagSpecifications: true },
    (draft, input, { now }) => {
      const name = checkNewName(draft, input.KeyName);
      const type = input.KeyType ?? "rsa";
      if (type !== "rsa" && type !== "ed25519")
        throw invalidParameterValue(`Invalid value '${String(type)}' for keyType.`);
      const { material, ...key } = createKey(type);
      const made = addKeyPair(draft, { name, ...key, createTime: new Date(now()).toISOString() }, input);
      return { ...made, KeyMaterial: material };
    },
  ),

  DeleteKeyPair: change({ KeyName: true, KeyPairId: true }, (draft, input) => {
    if (input.KeyName === undefined && input.KeyPairId === undefined) throw missingParameter("keyName");
    const keyPair =
      input.KeyPairId !== undefined
        ? find("keyPair", draft, input.KeyPairId)
        : Object.values(draft.keyPairs).find((candidate) => candidate.name === input.KeyName);
    // Deleting a name that there is not is fine on EC2.
    if (keyPair === undefined) return { Return: true };
    remove(draft, "keyPair", keyPair.id);
    return { Return: true, KeyPairId: keyPair.id };
  }),
};

import { createHash, randomBytes } from "node:crypto";
import { utils } from "ssh2";

/** An ed25519 key pair in OpenSSH's formats. */
export interface OpenSshKeyPair {
  /** PEM text. */
  readonly privateKey: string;
  /** One line, `ssh-ed25519 AAAA...`, without a comment. */
  readonly publicKey: string;
}

/** Makes a key pair; the comment is only for people. */
export function generateKeyPair(comment: string): OpenSshKeyPair {
  // ssh2 1.17 loses a leading zero byte, which makes one pair in 256 unreadable.
  for (;;) {
    // oxlint-disable-next-line hardway/generate-key-pair -- the one place that knows
    const { private: privateKey, public: publicKey } = utils.generateKeyPairSync("ed25519", { comment });
    if (![privateKey, publicKey].some((text) => utils.parseKey(text) instanceof Error)) {
      return { privateKey, publicKey: publicKey.split(" ").slice(0, 2).join(" ") };
    }
  }
}

/** A new machine's identity: 32 hex digits. A machine that is made anew under an old name is another one. */
export function generateMachineId(): string {
  // The shape of a random UUID (RFC 9562, version 4), which systemd asks of a machine-id (machine-id(5)).
  const bytes = randomBytes(16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString("hex");
}

/** The same identity in the form of the firmware's UUID. */
export function machineUuid(machineId: string): string {
  return machineId.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** A locally administered unicast MAC address (IEEE 802c) of a machine's management card, the same at every boot. */
export function managementMac(machineId: string): string {
  const bytes = createHash("sha256").update(`${machineId} management`).digest().subarray(0, 5);
  return ["02", ...[...bytes].map((byte) => byte.toString(16).padStart(2, "0"))].join(":");
}

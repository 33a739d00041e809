import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { utils as sshUtils, type ParsedKey } from "ssh2";

/** `~` is the home folder; other relative paths start at `directory`. */
export function resolvePath(path: string, directory: string): string {
  return resolve(directory, path.replace(/^~(?=\/|$)/, homedir()));
}

/** A private key's text, or why it cannot be used. */
export function readPrivateKey(path: string, password?: string): string | Error {
  try {
    const text = readFileSync(path, "utf8");
    const parsed = parseKey(text, password);
    if (parsed instanceof Error) return parsed;
    return parsed.isPrivateKey() ? text : new Error("it is a public key; name the private one");
  } catch (error) {
    return error as Error;
  }
}

/** Whether both texts are halves of one key pair. */
export function isPair(privateKey: string, publicKey: string): boolean {
  const [a, b] = [privateKey, publicKey].map((text) => parseKey(text));
  if (a === undefined || b === undefined || a instanceof Error || b instanceof Error) return false;
  return a.getPublicSSH().equals(b.getPublicSSH());
}

function parseKey(text: string, password?: string): ParsedKey | Error {
  return sshUtils.parseKey(text, password);
}

import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { parsePrivateKey, parsePublicKey } from "../remote/sshKeys";

/** `~` is the home folder; other relative paths start at `directory`. */
export function resolvePath(path: string, directory: string): string {
  return resolve(directory, path.replace(/^~(?=\/|$)/, homedir()));
}

/** A private key's text, or why it cannot be used. */
export function readPrivateKey(path: string, password?: string): string | Error {
  try {
    const text = readFileSync(path, "utf8");
    return privateKeyProblem(text, password) ?? text;
  } catch (error) {
    return error as Error;
  }
}

/** Why a private key cannot be used; undefined for one that can. */
export function privateKeyProblem(text: string, password?: string): Error | undefined {
  try {
    parsePrivateKey(text, password);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** Whether both texts are halves of one key pair. */
export function isPair(privateKey: string, publicKey: string): boolean {
  try {
    return parsePrivateKey(privateKey).publicKey.equals(parsePublicKey(publicKey).blob);
  } catch {
    return false;
  }
}

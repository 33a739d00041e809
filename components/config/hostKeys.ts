import { readFileSync } from "node:fs";
import { formatPublicKey, parsePublicKey } from "../remote/sshKeys";
import { ConfigError } from "./problems";

/** Keys that hosts proved at the first connection, by the name that known_hosts has for the host. */
export type HostKeys = ReadonlyMap<string, string>;

/** How known_hosts names a host: see sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT". */
export function knownHost(host: string, port: number): string {
  return port === 22 ? host : `[${host}]:${port}`;
}

/**
 * Reads such keys: a line for each host, as in known_hosts. None, when there is no such file yet.
 *
 * @throws ConfigError that names the line that is none
 */
export function readHostKeys(file: string): HostKeys {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Map();
    throw new ConfigError([{ key: file, rule: `cannot be read: ${(error as Error).message}` }]);
  }
  const keys = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const [, name, key] = /^(\S+)\s+(\S.*)$/.exec(line) ?? [];
    if (line.trim() === "") continue;
    try {
      keys.set(name ?? "", formatPublicKey(parsePublicKey(key ?? "")));
    } catch {
      const rule =
        "must be a host and its key, as in known_hosts; remove the line, or the file to learn all hosts' keys again";
      throw new ConfigError([{ key: `${file}, line ${index + 1}:`, rule }]);
    }
  }
  return keys;
}

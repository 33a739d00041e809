import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { knownHost, readHostKeys } from "../../components/config/hostKeys";
import { fingerprint, formatPublicKey, parsePublicKey, publicKeyOf } from "../../components/remote/sshKeys";
import { InterruptedError, messageOf, UserError } from "../errors";
import { writeWhole } from "../files";
import type { LabPaths } from "../paths";
import { learnHostKey } from "./learnHostKey";
import type { SshLogin } from "./login";

interface PinOptions {
  readonly paths: Pick<LabPaths, "hostKeys" | "directory">;
  readonly hosts: readonly { readonly name: string; readonly access: SshLogin }[];
  /** How long a host that was never seen before may take to answer, in seconds. @default 30 */
  readonly timeoutSeconds?: number;
  readonly signal?: AbortSignal;
  /** Called for each key that is trusted at the first connection. */
  readonly note: (text: string) => void;
}

const retryMs = 1000;

/**
 * Pins the keys of hosts whose configuration has none: the key that a host proves at its first connection is stored in the lab's
 * file of host keys, before anything is sent to it, and is the only key that is accepted from then on.
 *
 * A host that was seen before and does not answer now is not an error here: whoever needs it accepts no other key.
 *
 * @throws UserError for a host that has another key, and for one never seen before that does not answer
 */
export async function pinHostKeys({ paths, hosts, timeoutSeconds = 30, signal, note }: PinOptions): Promise<void> {
  const known = readHostKeys(paths.hostKeys);
  const keys = new Map(known);
  const unnamed = hosts.filter(({ access }) => access.hostKey === undefined);
  const failures: string[] = [];
  await Promise.all(
    unnamed.map(async ({ name, access }) => {
      const place = knownHost(access.host, access.port);
      const pinned = known.get(place);
      try {
        const found = await answer(access, pinned, { timeoutSeconds, signal });
        if (found === undefined) return;
        if (pinned === undefined) {
          keys.set(place, found);
          note(`${name}: took ${shown(found)} of ${place} for its host key, and pinned it in ${paths.hostKeys}`);
        } else if (pinned !== found) failures.push(otherKey(name, place, { pinned, found, file: paths.hostKeys }));
      } catch (error) {
        if (signal?.aborted) throw new InterruptedError();
        failures.push(`${name}: its host key cannot be learnt from ${place}: ${messageOf(error)}`);
      }
    }),
  );
  if (keys.size > known.size) writeWhole(paths.hostKeys, [...keys].map(([place, key]) => `${place} ${key}\n`).join(""));
  if (failures.length > 0) throw new UserError(failures.sort().join("\n"));
}

/** The key that the host proves; undefined for a host with a pinned key that does not answer. */
async function answer(
  access: SshLogin,
  pinned: string | undefined,
  { timeoutSeconds, signal }: { timeoutSeconds: number; signal?: AbortSignal },
): Promise<string | undefined> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  const preferredType = pinned === undefined ? undefined : parsePublicKey(pinned).type;
  for (;;) {
    try {
      return formatPublicKey(publicKeyOf(await learnHostKey(access, { timeoutSeconds: 10, signal, preferredType })));
    } catch (error) {
      if (signal?.aborted) throw error;
      if (pinned !== undefined) return undefined;
      // A machine that is still booting answers a little later.
      if (Date.now() + retryMs > deadline) throw error;
      await sleep(retryMs, undefined, { signal });
    }
  }
}

function shown(key: string): string {
  const { type, blob } = parsePublicKey(key);
  return `${fingerprint(blob)} (${type})`;
}

function otherKey(
  name: string,
  place: string,
  { pinned, found, file }: { pinned: string; found: string; file: string },
): string {
  const lines = readFileSync(file, "utf8").split("\n");
  const line = lines.findLastIndex((text) => text.startsWith(`${place} `)) + 1;
  return (
    `${name}: the host key at ${place} is ${shown(found)}, but ${shown(pinned)} was pinned at the first connection: another machine ` +
    `answers at this address, or it was reinstalled; nothing was sent to it. If that is right, remove line ${line} of ${file}.`
  );
}

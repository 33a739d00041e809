import { setTimeout as sleep } from "node:timers/promises";
import { sshCause } from "../../components/remote/sshCauses";

type LoginError = Error & { readonly level?: string; readonly code?: string };

/** Milliseconds before the second attempt and before the last one; each pause is twice as long as the one before. */
const firstPause = 200;
const lastPause = 3200;

/**
 * Logs in, and tries again where sshd hung up before the handshake: with many logins under way, as at a bastion in front of all
 * hosts, it refuses some at random (MaxStartups in sshd_config(5)). Random pauses spread the attempts.
 */
export async function patiently<T>(login: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let pause = firstPause; ; pause *= 2) {
    try {
      return await login();
    } catch (error) {
      if (pause > lastPause || signal?.aborted || !isTurnedAway((error as Error).cause)) throw error;
    }
    await sleep(pause * (0.5 + Math.random()), undefined, { signal }).catch(() => {});
  }
}

function isTurnedAway(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  return cause.message === "Connection lost before handshake" || (cause as LoginError).code === "ECONNRESET";
}

/** Why a login failed, in words. */
export function loginFailure(error: LoginError, timeoutSeconds: number): string {
  if (error.level === "client-timeout") return `no answer within ${timeoutSeconds} s`;
  if (error.level === "client-authentication") return "the host refused the private key for this user";
  if (error.code === "ECONNREFUSED") return "connection refused; is the machine running?";
  return sshCause(error) ?? error.message;
}

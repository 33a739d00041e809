import { isAddress } from "../plan/cidr";
import { shownError } from "../shownError";

/** Amazon's own service that answers with the address that a request came from. */
const service = "https://checkip.amazonaws.com/";
const timeoutSeconds = 10;

/**
 * The public IPv4 address of whoever runs the program, as a CIDR, asked of checkip.amazonaws.com. The next run may have
 * another one.
 *
 * @throws pulumi.RunError when it cannot be found out; it says what to set instead.
 */
export async function callerCidr(): Promise<string> {
  const answer = await ask().catch((error: unknown) => describe(error));
  if (typeof answer === "string" && isAddress(answer)) return `${answer}/32`;
  const reason = typeof answer === "string" ? `it answered ${JSON.stringify(answer.slice(0, 60))}` : answer.reason;
  throw shownError(
    `SSH is let in from your own address only, and ${service} could not tell it: ${reason}. ` +
      `Set adminCidrs to the networks that may log in, e.g. ["192.0.2.7/32"].`,
  );
}

async function ask(): Promise<string> {
  const response = await fetch(service, { signal: AbortSignal.timeout(timeoutSeconds * 1000) });
  if (!response.ok) throw new Error(`HTTP status ${response.status}`);
  return (await response.text()).trim();
}

/** fetch() says only "fetch failed"; the reason is in the cause. */
function describe(error: unknown): { reason: string } {
  const { message, cause } = error as Error;
  return { reason: cause instanceof Error ? `${message} (${cause.message})` : message };
}

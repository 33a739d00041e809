import type { EC2ClientConfig } from "@aws-sdk/client-ec2";

type Strategy = Extract<EC2ClientConfig["retryStrategy"], { acquireInitialRetryToken: unknown }>;

/** Attempts of a request that got no proper answer; with the pauses, about ten seconds when nothing answers. */
const maxAttempts = 8;

/** Longest pause after a refusal for the rate of requests, and the time after which that is given up, in first pauses. */
const longestPause = 15;
const patience = 600;

/**
 * When a request is sent again. The SDK's own strategy has one budget for all requests of a client, and 51 machines at
 * once spend it within seconds: EC2 takes two launches a second once a burst is used up. Here each request has its own,
 * and one that is refused for the rate alone is sent again for ten minutes.
 *
 * @param firstPause after a request that came too fast, in milliseconds
 */
export function patientRetries(firstPause = 1000): Strategy {
  const token = (attempts: number, throttled: number, waited: number, delay: number): Token => ({
    ...{ attempts, throttled, waited },
    getRetryCount: () => attempts + throttled,
    getRetryDelay: () => delay,
  });
  return {
    acquireInitialRetryToken: () => Promise.resolve(token(0, 0, 0, 0)),
    refreshRetryTokenForRetry: (previous, { errorType }) => {
      const { attempts, throttled, waited } = previous as Token;
      if (errorType === "THROTTLING" && waited < patience * firstPause) {
        // Of different length, else all come back at the same moment.
        const pause = firstPause * Math.min(1.5 ** throttled, longestPause) * (0.5 + Math.random() / 2);
        return Promise.resolve(token(attempts, throttled + 1, waited + pause, pause));
      }
      if (errorType === "TRANSIENT" && attempts + 1 < maxAttempts) {
        const pause = firstPause * 0.1 * 2 ** attempts * Math.random();
        return Promise.resolve(token(attempts + 1, throttled, waited, pause));
      }
      return Promise.reject(new Error("no further attempt"));
    },
    recordSuccess: () => {},
  };
}

type Token = Awaited<ReturnType<Strategy["acquireInitialRetryToken"]>> & {
  /** Without a proper answer. */
  readonly attempts: number;
  /** Refused for the rate of requests. */
  readonly throttled: number;
  /** All pauses after such refusals, in milliseconds. */
  readonly waited: number;
};

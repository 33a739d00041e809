import { setTimeout as sleep } from "node:timers/promises";
import { hasCode, isNotFound } from "./errors";

/** Time between two looks, in milliseconds: short at first, because some endpoints answer at once. */
const firstPause = 100;
const longestPause = 3000;

/** How long AWS may say "not found" about something that it has just made, in seconds. */
const propagationLimit = 120;

/** The same about what something new refers to, in seconds. Not long, because a wrong id looks alike. */
const referenceLimit = 10;

/** How long something may be in use by what is being deleted, in seconds; as long as the official provider waits. */
const dependencyLimit = 600;

/**
 * Looks until there is a result.
 * @param what named in the error when it takes longer than `seconds`, e.g. `EC2 Subnet (subnet-1) to become available`
 * @throws the reason of `stop` when that is aborted
 */
export async function until<T>(
  what: string,
  stop: AbortSignal,
  look: () => Promise<T | undefined>,
  seconds = Infinity,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (let pause = firstPause; ; pause = Math.min(pause * 1.5, longestPause)) {
    stop.throwIfAborted();
    const result = await look();
    if (result !== undefined) return result;
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s for ${what}`);
    await sleep(pause, undefined, { signal: stop }).catch(() => stop.throwIfAborted());
  }
}

/** Repeats work while it fails in a way that passes; the last error is thrown when that takes longer than `seconds`. */
async function retry<T>(
  stop: AbortSignal,
  passes: (error: unknown) => boolean,
  seconds: number,
  work: () => Promise<T>,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  const done = await until("success", stop, async () => {
    try {
      return { value: await work() };
    } catch (error) {
      if (!passes(error) || Date.now() > deadline) throw error;
      return undefined;
    }
  });
  return done.value;
}

/** For work on something that was made a moment ago: AWS may not know it everywhere yet. */
export function whileUnknown<T>(stop: AbortSignal, work: () => Promise<T>): Promise<T> {
  return retry(stop, isNotFound, propagationLimit, work);
}

/**
 * For making something of others, which may have been made a moment ago: once it is there, nothing is repeated.
 */
export function whileOthersUnknown<T>(stop: AbortSignal, isMade: () => boolean, work: () => Promise<T>): Promise<T> {
  return retry(stop, (error) => !isMade() && isNotFound(error), referenceLimit, work);
}

/** For deletion: what depends on the resource may be on its way out, e.g. the interface of a terminated instance. */
export function whileInUse<T>(stop: AbortSignal, work: () => Promise<T>): Promise<T> {
  const inUse = (error: unknown) => hasCode(error, "DependencyViolation", "InvalidGroup.InUse");
  return retry(stop, inUse, dependencyLimit, work);
}

/** For work on something that may be gone already, which then needs no deletion and has no description: undefined. */
export async function unlessGone<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return undefined;
  }
}

/** The first of what a Describe finds; undefined when there is none, or it is gone. */
export async function firstOf<T>(describe: () => Promise<readonly T[] | undefined>): Promise<T | undefined> {
  return (await unlessGone(describe))?.[0];
}

import { remove } from "./ids";
import type { Instance, State } from "./state";
import { forgetTokens } from "./tokens";

/** How long a terminated instance is still described; AWS says about an hour. In milliseconds. */
const terminatedVisibleMs = 60 * 60 * 1000;

export function isVisible(instance: Instance, now: number): boolean {
  return instance.terminatedTime === undefined || now - Date.parse(instance.terminatedTime) < terminatedVisibleMs;
}

/** Instances that are not described any more. */
export function forgettable(state: State, now: number): Instance[] {
  return Object.values(state.instances).filter((instance) => !isVisible(instance, now));
}

/** Forgets those instances, and the client tokens that stand for nothing else. */
export function forget(draft: State, gone: readonly Instance[]): void {
  remove(draft, "instance", ...gone.map(({ id }) => id));
  if (gone.length > 0) forgetTokens(draft);
}

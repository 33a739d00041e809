import { setTimeout as sleep } from "node:timers/promises";
import type { InstanceDriver } from "../core/driver";
import type { Instance, State } from "../core/state";
import type { Machines } from "../core/handlers";
import type { Store } from "../core/Store";
import { allocatedAddressOf } from "../resources/publicAddress";
import { launchOf } from "./launch";
import type { PublicAddresses } from "../core/PublicAddresses";
import {
  instanceShutdown,
  internalError,
  setFailed,
  setStopped,
  setTerminated,
  transitionReason,
  userShutdown,
} from "../resources/instanceStates";

/** First and longest wait before a failed termination is tried again, in milliseconds. */
const retryDelays = { first: 500, longest: 30_000 };
/** The same for what became of a machine and could not be written. */
const writeDelays = { first: 250, longest: 5_000 };

interface LifecycleOptions {
  readonly store: Store;
  readonly driver: InstanceDriver;
  readonly publicAddresses: PublicAddresses;
  readonly now: () => number;
  readonly log: (line: string) => void;
}

/**
 * Makes machines follow the states of instances. Calls of the API set a state such as pending or stopping; the work begun here
 * ends in the next one. What concerns one instance is done one after the other, and each step looks first whether the state
 * still asks for it.
 */
export class Lifecycle implements Machines {
  private readonly queues = new Map<string, Promise<void>>();
  /** Waits that a termination ends early. */
  private readonly waits = new Map<string, AbortController>();
  private readonly closing = new AbortController();

  constructor(private readonly options: LifecycleOptions) {
    options.driver.onExit((id, problem) => this.enqueue(id, () => this.onExit(id, problem)));
  }

  /** Boots an instance that is pending. */
  start(id: string): void {
    this.enqueue(id, () => this.waitWith(id, (signal) => this.doStart(id, signal)));
  }

  /** Shuts an instance down that is stopping. */
  stop(id: string, force: boolean): void {
    this.waits.get(id)?.abort(new Error("The instance is to stop"));
    this.enqueue(id, () => this.doStop(id, force));
  }

  reboot(id: string): void {
    this.enqueue(id, () => this.waitWith(id, (signal) => this.doReboot(id, signal)));
  }

  /** Ends an instance that is shutting down. */
  terminate(id: string): void {
    this.waits.get(id)?.abort(new Error("The instance is to be terminated"));
    this.enqueue(id, () => this.doTerminate(id));
  }

  /** After a start of the service: takes up what was begun, and says which instances do not run any more. */
  async recover(): Promise<void> {
    const { store, driver, log, now } = this.options;
    await Promise.all(
      Object.values(store.state.instances).map(async ({ id, state }) => {
        if (state === "shutting-down") return this.terminate(id);
        if (state === "stopping") return this.stop(id, false);
        if (state !== "pending" && state !== "running") return;
        const runs = await driver.isRunning(id).catch((error: unknown) => {
          log(`${id}: cannot tell whether it runs: ${text(error)}`);
          return false;
        });
        if (runs && state === "pending") return this.start(id);
        if (runs) return;
        log(`${id}: was ${state} and does not run any more`);
        const reason = `The instance was ${state} when the embedded EC2 ended, and did not run when it began again`;
        await this.change(id, (draft, instance) => setFailed(draft, instance, reason, now()));
      }),
    );
  }

  /** Gives up waiting, changes no state by that, and resolves when nothing goes on any more. */
  async close(): Promise<void> {
    this.closing.abort(new Error("The embedded EC2 ends"));
    for (const wait of this.waits.values()) wait.abort(this.closing.signal.reason);
    await Promise.all(this.queues.values());
  }

  private enqueue(id: string, step: () => Promise<void>): void {
    const before = this.queues.get(id) ?? Promise.resolve();
    const after = before
      .then(() => (this.closing.signal.aborted ? undefined : step()))
      .catch((error: unknown) => this.options.log(`${id}: ${text(error)}`))
      .then(() => {
        if (this.queues.get(id) === after) this.queues.delete(id);
      });
    this.queues.set(id, after);
  }

  private async waitWith(id: string, step: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const wait = new AbortController();
    this.waits.set(id, wait);
    try {
      await step(wait.signal);
    } finally {
      this.waits.delete(id);
    }
  }

  private instance(id: string): Instance | undefined {
    return this.options.store.state.instances[id];
  }

  private change(id: string, change: (draft: State, instance: Instance) => void): Promise<void> {
    return this.options.store.change((draft) => {
      const instance = draft.instances[id];
      if (instance !== undefined) change(draft, instance);
    });
  }

  /**
   * Writes what became of a machine. A full disk only puts it off: nobody would write it later, and the instance would be pending,
   * stopping or shutting down for good.
   */
  private async settle(id: string, change: (draft: State, instance: Instance) => void): Promise<void> {
    const { signal } = this.closing;
    for (let delay = writeDelays.first; ; delay = Math.min(2 * delay, writeDelays.longest)) {
      try {
        return await this.change(id, change);
      } catch (error) {
        // Anything else than an error of the system would come again and again.
        if (typeof (error as NodeJS.ErrnoException).code !== "string" || signal.aborted) throw error;
        if (delay === writeDelays.first) this.options.log(`${id}: its state cannot be written yet: ${text(error)}`);
        await sleep(delay, undefined, { signal });
      }
    }
  }

  private async doStart(id: string, signal: AbortSignal): Promise<void> {
    const { store, driver, log } = this.options;
    const instance = this.instance(id);
    if (instance?.state !== "pending") return;
    try {
      await this.claimPublicAddress(instance);
      signal.throwIfAborted();
      await driver.start(launchOf(store.state, instance), signal);
      await this.settle(id, (_draft, started) => {
        if (started.state !== "pending") return;
        started.state = "running";
        started.hasRun = true;
      });
    } catch (error) {
      // Whoever ended the wait has more to say about the instance; after a restart it is looked at again.
      if (this.closing.signal.aborted || this.instance(id)?.state !== "pending") return;
      log(`${id}: does not start: ${text(error)}`);
      await this.fail(id, text(error));
    }
  }

  /** A launch that fails ends the instance; one that ran before is stopped. */
  private async fail(id: string, reason: string): Promise<void> {
    const { driver, now } = this.options;
    if (this.instance(id)?.hasRun === true) {
      await driver.stop(id, { force: true }).catch((error: unknown) => this.options.log(`${id}: ${text(error)}`));
      return this.settle(id, (draft, instance) => setFailed(draft, instance, reason, now()));
    }
    await this.settle(id, (_draft, instance) => {
      instance.state = "shutting-down";
      instance.stateReason = { ...internalError(reason) };
      instance.stateTransitionReason = transitionReason("Server.InternalError", now());
    });
    await this.doTerminate(id);
  }

  private async claimPublicAddress({ id, privateAddress, networkInterfaceId }: Instance): Promise<void> {
    const { store, publicAddresses } = this.options;
    const networkInterface = store.state.networkInterfaces[networkInterfaceId];
    const wantsOne =
      networkInterface?.autoPublicAddress === true &&
      networkInterface.publicAddress === undefined &&
      allocatedAddressOf(store.state, networkInterfaceId) === undefined;
    if (!wantsOne) return;
    await publicAddresses.claim({ instanceId: id, privateAddress }, (publicAddress) =>
      this.settle(id, (draft, instance) => {
        const own = draft.networkInterfaces[networkInterfaceId];
        if (own !== undefined && instance.state === "pending") own.publicAddress = publicAddress;
      }),
    );
  }

  private async doStop(id: string, force: boolean): Promise<void> {
    const { driver, log } = this.options;
    if (this.instance(id)?.state !== "stopping") return;
    try {
      await driver.stop(id, { force });
    } catch (error) {
      log(`${id}: does not shut down, so it is switched off: ${text(error)}`);
      await driver.stop(id, { force: true });
    }
    await this.settle(id, (draft, instance) => {
      if (instance.state === "stopping") setStopped(draft, instance, userShutdown);
    });
  }

  private async doReboot(id: string, signal: AbortSignal): Promise<void> {
    const { store, driver, log, now } = this.options;
    const instance = this.instance(id);
    if (instance?.state !== "running") return;
    try {
      await driver.reboot(launchOf(store.state, instance), signal);
    } catch (error) {
      if (this.closing.signal.aborted || this.instance(id)?.state !== "running") return;
      log(`${id}: does not come back from a reboot: ${text(error)}`);
      if (await driver.isRunning(id)) return;
      await this.settle(id, (draft, stopped) => setFailed(draft, stopped, text(error), now()));
    }
  }

  private async doTerminate(id: string): Promise<void> {
    const { driver, now, log } = this.options;
    for (let delay = retryDelays.first; ; delay = Math.min(2 * delay, retryDelays.longest)) {
      if (this.instance(id)?.state !== "shutting-down") return;
      try {
        await driver.terminate(id);
        break;
      } catch (error) {
        log(`${id}: cannot be removed yet: ${text(error)}`);
        await sleep(delay, undefined, { signal: this.closing.signal }).catch(() => undefined);
        if (this.closing.signal.aborted) return;
      }
    }
    await this.settle(id, (draft, instance) => setTerminated(draft, instance, now()));
  }

  private async onExit(id: string, problem?: string): Promise<void> {
    const { driver, now, log } = this.options;
    const instance = this.instance(id);
    if (instance?.state !== "running" || (await driver.isRunning(id))) return;
    log(`${id}: ended by itself${problem === undefined ? "" : `: ${problem}`}`);
    if (problem !== undefined) {
      return this.settle(id, (draft, stopped) => {
        if (stopped.state === "running") setFailed(draft, stopped, problem, now());
      });
    }
    const ends = instance.shutdownBehavior === "terminate";
    await this.settle(id, (draft, stopped) => {
      if (stopped.state !== "running") return;
      stopped.stateTransitionReason = transitionReason("Instance initiated", now());
      if (ends) {
        stopped.state = "shutting-down";
        stopped.stateReason = { ...instanceShutdown };
      } else {
        setStopped(draft, stopped, instanceShutdown);
      }
    });
    if (ends) await this.doTerminate(id);
  }
}

const text = (error: unknown): string => (error instanceof Error ? error.message : String(error));

import { Engine, type Log } from "./engine";

export interface Operation {
  log: Log;
  /** Aborted when the update is cancelled or the time is over; the reason is an Error. */
  stop: AbortSignal;
}

/** The running work of a plugin, all of which ends when the engine cancels. */
export class Operations {
  readonly #cancelled = new AbortController();
  readonly #engine: Engine | undefined;

  /** @param engine address of the engine's gRPC service, where the log goes */
  constructor(engine: string | undefined) {
    this.#engine = engine === undefined ? undefined : new Engine(engine);
  }

  cancel() {
    this.#cancelled.abort(new Error("cancelled"));
  }

  /**
   * Runs work of one resource; its log is complete when the engine gets the answer.
   * @param seconds the time it has, 0 for no limit
   */
  async run<T>(urn: string, seconds: number, call: AbortSignal, work: (operation: Operation) => Promise<T>) {
    const log = this.#engine?.log(urn) ?? silentLog;
    const end = new AbortController();
    const over = () => end.abort(new Error(`timed out after ${seconds} s (customTimeouts)`));
    const timer = seconds > 0 ? setTimeout(over, seconds * 1000) : undefined;
    call.addEventListener("abort", () => end.abort(new Error("cancelled")));
    try {
      return await work({ log, stop: AbortSignal.any([this.#cancelled.signal, end.signal]) });
    } finally {
      clearTimeout(timer);
      await log.flush();
    }
  }
}

export const silentLog: Log = { status: () => {}, warning: () => {}, flush: () => Promise.resolve() };

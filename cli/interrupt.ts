import { setMaxListeners } from "node:events";
import { ExitCode, InterruptedError } from "./errors";

/**
 * Ctrl-C in three steps: the first asks everything under way to end well (`signal`), the second to end now (`onHarder`),
 * the third leaves at once. SIGTERM and SIGHUP (a closed terminal) count the same.
 */
export class Interrupt {
  readonly #controller = new AbortController();
  readonly #harder = new Set<() => void>();
  #count = 0;
  readonly #names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  readonly #listener = (): void => this.#received();

  /** @param source where the signals come from. */
  constructor(
    private readonly say: (text: string) => void,
    private readonly source: NodeJS.EventEmitter = process,
  ) {
    // Every host and engine call adds a listener; more than ten are not a leak.
    setMaxListeners(0, this.signal);
    for (const name of this.#names) source.on(name, this.#listener);
  }

  /** From here on the signals are somebody else's. */
  release(): void {
    for (const name of this.#names) this.source.off(name, this.#listener);
  }

  /** Aborts at the first interrupt. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Runs `action` at the second interrupt. @returns a function that cancels this */
  onHarder(action: () => void): () => void {
    this.#harder.add(action);
    return () => this.#harder.delete(action);
  }

  throwIfInterrupted(): void {
    if (this.signal.aborted) throw new InterruptedError();
  }

  #received(): void {
    this.#count++;
    if (this.#count === 1) {
      this.say("Interrupted: ending what is under way. Press Ctrl-C again to end it at once.");
      this.#controller.abort(new InterruptedError());
    } else if (this.#count === 2) {
      this.say('Ending at once; the next "hardway up" tidies up.');
      for (const action of this.#harder) action();
    } else {
      process.exit(ExitCode.interrupted);
    }
  }
}

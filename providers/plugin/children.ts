import type { ChildProcess } from "node:child_process";

/** Processes that were started with a group of their own, so that a signal reaches what they have started too. */
export class Children {
  readonly #running = new Set<ChildProcess>();

  add(child: ChildProcess) {
    this.#running.add(child);
  }

  delete(child: ChildProcess) {
    this.#running.delete(child);
  }

  /** Asks a process to end, and ends it when it has not after `grace` milliseconds. */
  end(child: ChildProcess, signal: NodeJS.Signals, grace: number) {
    signalGroup(child, signal);
    setTimeout(() => this.#running.has(child) && signalGroup(child, "SIGKILL"), grace).unref();
  }

  endAll(signal: NodeJS.Signals, grace: number) {
    for (const child of this.#running) this.end(child, signal, grace);
  }

  /** Ends them at once. */
  killAll() {
    for (const child of this.#running) signalGroup(child, "SIGKILL");
  }
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals) {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It ended by itself.
  }
}

import { spawn, type ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import { outputPipes } from "./pipes";

interface Options {
  readonly cwd?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** What it reads; without it there is nothing to read. */
  readonly stdin?: string | undefined;
  /** Aborted when it is not needed any more. */
  readonly stop: AbortSignal;
}

/** How a process ended. */
interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

interface Started {
  readonly stdout: Socket;
  readonly stderr: Socket;
  /** Resolves when the process has ended and all that it printed has been read; rejects when it could not be started. */
  readonly ended: Promise<Ending>;
}

/** Processes that are started with a group of their own, so that a signal reaches what they have started too. */
export class Children {
  readonly #running = new Set<ChildProcess>();
  readonly #signal: NodeJS.Signals;
  readonly #grace: number;

  /**
   * @param signal asks a process to end
   * @param grace milliseconds that it then has before it is ended
   */
  constructor(signal: NodeJS.Signals, grace: number) {
    this.#signal = signal;
    this.#grace = grace;
  }

  async start(program: string, args: readonly string[], { cwd, env, stdin, stop }: Options): Promise<Started> {
    const pipes = await outputPipes();
    const input = stdin === undefined ? "ignore" : "pipe";
    const child = spawn(program, args, { cwd, env, detached: true, stdio: [input, ...pipes.descriptors] });
    pipes.release();
    this.#running.add(child);
    const end = () => this.#end(child);
    // It may have been stopped before the process was there.
    if (stop.aborted) end();
    stop.addEventListener("abort", end);
    child.stdin?.on("error", () => {}); // it ended without reading all of its input
    child.stdin?.end(stdin);
    const ended = new Promise<Ending>((resolve, reject) => {
      child.on("error", reject);
      child.on("exit", (code, signal) => {
        void pipes.ended.then(() => resolve({ code, signal }));
      });
    }).finally(() => {
      this.#running.delete(child);
      stop.removeEventListener("abort", end);
    });
    return { stdout: pipes.stdout, stderr: pipes.stderr, ended };
  }

  /** Asks all to end, and ends those that do not. */
  endAll() {
    for (const child of this.#running) this.#end(child);
  }

  /** Ends them at once. */
  killAll() {
    for (const child of this.#running) signalGroup(child, "SIGKILL");
  }

  #end(child: ChildProcess) {
    signalGroup(child, this.#signal);
    setTimeout(() => this.#running.has(child) && signalGroup(child, "SIGKILL"), this.#grace).unref();
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

import { mkdir } from "node:fs/promises";
import path from "node:path";
import { produce } from "immer";
import { removeTemporaryFiles, writeFileAtomically } from "../../machines/files";
import { checkChanges, emptyState, type State } from "./state";
import { readState, StateText } from "./stateFile";

interface Pending {
  /** Makes the change on a draft. Gives the state after it and how to answer once that is written; undefined when it was refused. */
  readonly apply: (state: State) => { readonly next: State; readonly answer: () => void } | undefined;
  readonly reject: (error: unknown) => void;
}

/**
 * The state in memory and on disk, which are the same: a change is made on a draft, written, and only then seen. So a call that
 * fails half-way has changed nothing, and what was answered survives a crash of the computer. A draft shares with the state before
 * it all that it does not change, so what a change costs does not grow with what else there is.
 */
export class Store {
  private pending: Pending[] = [];
  private writing: Promise<void> | undefined;
  private readonly text = new StateText();

  private constructor(
    private readonly file: string,
    private current: State,
    private readonly onChange: (state: State) => void,
  ) {}

  /** @throws Error that names the file when it is of another version or not a state at all. */
  static async open(file: string, onChange: (state: State) => void): Promise<Store> {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await removeTemporaryFiles(file);
    return new Store(file, (await readState(file)) ?? emptyState(), onChange);
  }

  /** As it was last written. Not to be changed but by `change`. */
  get state(): State {
    return this.current;
  }

  /**
   * Changes are made one after the other, each on a draft; those asked for while one is written are written together. What `change`
   * gives must hold nothing of the draft itself, which ends with it.
   *
   * @throws what `change` throws; an error when the state's schema refuses what it made, or when it cannot be written
   */
  change<T>(change: (draft: State) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const apply: Pending["apply"] = (state) => {
        try {
          const made: { value?: T } = {};
          const next = produce(state, (draft) => {
            made.value = change(draft);
          });
          checkChanges(state, next);
          return { next, answer: () => resolve(made.value as T) };
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
          return undefined;
        }
      };
      this.pending.push({ apply, reject });
      this.writing ??= this.drain();
    });
  }

  /** Resolves when all changes asked for so far are done. */
  async settled(): Promise<void> {
    await this.writing;
  }

  private async drain(): Promise<void> {
    // Lets those who ask in the same moment go into one write.
    await Promise.resolve();
    while (this.pending.length > 0) {
      const batch = this.pending.splice(0);
      let state = this.current;
      const accepted: { reject: Pending["reject"]; answer: () => void }[] = [];
      for (const { apply, reject } of batch) {
        const made = apply(state);
        if (made === undefined) continue;
        state = made.next;
        accepted.push({ reject, answer: made.answer });
      }
      try {
        await this.write(state);
        for (const { answer } of accepted) answer();
      } catch (error) {
        for (const { reject } of accepted) reject(error);
      }
    }
    // In the same step as the look at what is pending: a change asked for from now on begins another round.
    this.writing = undefined;
  }

  private async write(state: State): Promise<void> {
    if (state === this.current) return;
    await writeFileAtomically(this.file, this.text.of(state));
    this.current = state;
    this.onChange(state);
  }
}

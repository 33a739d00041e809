import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { writeFileAtomically } from "../../machines/files";
import { emptyState, stateSchema, stateVersion, type State } from "./state";

interface Pending {
  /** Makes the change on a copy. Says how to answer once the copy is written; undefined when it was refused. */
  readonly apply: (draft: State) => (() => void) | undefined;
  readonly reject: (error: unknown) => void;
}

/**
 * The state in memory and on disk, which are the same: a change is made on a copy, written, and only then seen. So a call that
 * fails half-way has changed nothing, and what was answered survives a crash of the computer.
 */
export class Store {
  private pending: Pending[] = [];
  private writing: Promise<void> | undefined;

  private constructor(
    private readonly file: string,
    private current: State,
    private written: string,
    private readonly onChange: (state: State) => void,
  ) {}

  /** @throws Error that names the file when it is of another version or not a state at all. */
  static async open(file: string, onChange: (state: State) => void): Promise<Store> {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    const state = await readState(file);
    return new Store(file, state ?? emptyState(), state === undefined ? "" : JSON.stringify(state), onChange);
  }

  /** As it was last written. Not to be changed but by `change`. */
  get state(): State {
    return this.current;
  }

  /** Changes are made one after the other, each on a copy; those asked for while one is written are written together. */
  change<T>(change: (draft: State) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const apply = (draft: State): (() => void) | undefined => {
        try {
          const value = change(draft);
          return () => resolve(value);
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
      let draft = this.current;
      const accepted: { reject: Pending["reject"]; answer: () => void }[] = [];
      for (const { apply, reject } of batch) {
        const copy = structuredClone(draft);
        const answer = apply(copy);
        if (answer === undefined) continue;
        draft = copy;
        accepted.push({ reject, answer });
      }
      try {
        await this.write(draft);
        for (const { answer } of accepted) answer();
      } catch (error) {
        for (const { reject } of accepted) reject(error);
      }
    }
    // In the same step as the look at what is pending: a change asked for from now on begins another round.
    this.writing = undefined;
  }

  private async write(draft: State): Promise<void> {
    const text = JSON.stringify(draft);
    if (text === this.written) return;
    await writeFileAtomically(this.file, text);
    this.written = text;
    this.current = draft;
    this.onChange(draft);
  }
}

async function readState(file: string): Promise<State | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`The embedded EC2's state in ${file} is not JSON: ${(error as Error).message}. Move it away.`, {
      cause: error,
    });
  }
  const { data: header } = z.object({ version: z.number() }).safeParse(json);
  if (header !== undefined && header.version !== stateVersion) {
    throw new Error(
      `The embedded EC2's state in ${file} is of version ${header.version}, and this program reads version ${stateVersion}. ` +
        `Use the program that wrote it to take the lab down, or move the file away.`,
    );
  }
  const result = stateSchema.safeParse(json);
  if (!result.success) {
    throw new Error(`The embedded EC2's state in ${file} is broken. Move it away.\n${z.prettifyError(result.error)}`);
  }
  return result.data;
}

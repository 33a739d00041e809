import { appendFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../errors";
import { makeFolder } from "../files";

export const keptLogs = 10;

/** The engine's whole output of one run, in a file that only the user can read. */
export class RunLog {
  readonly file: string;
  #problem: string | undefined;

  /** Starts a log and removes the oldest beyond the last ten. */
  constructor(directory: string, command: string, now = new Date()) {
    makeFolder(directory, 0o700);
    this.file = join(directory, `${now.toISOString().replaceAll(":", "-")}-${command}.log`);
    writeFileSync(this.file, "", { mode: 0o600 });
    // The names sort by time.
    const logs = readdirSync(directory)
      .filter((name) => name.endsWith(".log"))
      .sort();
    for (const name of logs.slice(0, -keptLogs)) rmSync(join(directory, name), { force: true });
  }

  /** When the log cannot be written, e.g. because the disk is full, it ends there and the engine continues. */
  readonly write = (text: string): void => {
    if (this.#problem !== undefined) return;
    try {
      appendFileSync(this.file, text);
    } catch (error) {
      this.#problem = messageOf(error);
    }
  };

  /** The file, and why it is incomplete, if it is. */
  get described(): string {
    return this.#problem === undefined ? this.file : `${this.file} (cut off: ${this.#problem})`;
  }
}

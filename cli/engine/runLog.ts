import { appendFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const keptLogs = 10;

/** The engine's whole output of one run, in a file that only the user can read. */
export class RunLog {
  readonly file: string;

  /** Starts a log and removes the oldest beyond the last ten. */
  constructor(directory: string, command: string, now = new Date()) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.file = join(directory, `${now.toISOString().replaceAll(":", "-")}-${command}.log`);
    writeFileSync(this.file, "", { mode: 0o600 });
    // The names sort by time.
    const logs = readdirSync(directory)
      .filter((name) => name.endsWith(".log"))
      .sort();
    for (const name of logs.slice(0, -keptLogs)) rmSync(join(directory, name), { force: true });
  }

  readonly write = (text: string): void => appendFileSync(this.file, text);
}

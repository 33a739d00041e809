import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PhaseReport } from "../../cli/progress/progress";

/** A folder that is removed after each test of the suite that asks for it. */
export function temporaryFolder(): () => string {
  let folder = "";
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "hw-cli-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  return () => folder;
}

/** Writes an executable shell script. */
export function script(file: string, body: string): string {
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** A report that keeps what it is told. */
export class RecordedReport implements PhaseReport {
  readonly lines: string[] = [];
  readonly text = (text: string): void => void this.lines.push(text);
  readonly counter = (text: string): void => void this.lines.push(text);
  readonly part = (name: string, text: string): void => void this.lines.push(`${name}: ${text}`);
  readonly partDone = (name: string): void => void this.lines.push(`${name}.`);
  readonly result = (text: string): void => void this.lines.push(`= ${text}`);
}

/** The error that `action` ends with; a test fails when there is none. */
export async function failureOf(action: () => unknown): Promise<Error> {
  try {
    await action();
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error("no error was thrown");
}

import { expect } from "chai";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const folder = join(__dirname, "..", "golden");

/** Compares text with the file `tests/golden/<name>`. */
export function expectGolden(name: string, text: string): void {
  expectFile(join(folder, name), text);
}

/**
 * Compares text with a file of the repository. `UPDATE_GOLDEN=1 npm run test:unit` writes the files anew; the difference is
 * then read like any other change.
 */
export function expectFile(path: string, text: string): void {
  if (process.env["UPDATE_GOLDEN"] === "1") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  expect(text).to.equal(readFileSync(path, "utf8"));
}

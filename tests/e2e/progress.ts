import type { Context } from "mocha";

/**
 * Mocha, when it runs files side by side, tells the tests of a file when the file is through, and why one failed when all are;
 * this says what is under way, since when, and what has just failed.
 */
export const mochaHooks = {
  beforeEach(this: Context): void {
    const now = new Date().toTimeString().slice(0, 8);
    console.log(`    ${now} … ${this.currentTest?.fullTitle()}`);
  },
  afterEach(this: Context): void {
    const { currentTest: test } = this;
    if (test?.state === "failed") console.log(`    ✗ ${test.fullTitle()}\n${test.err?.stack ?? ""}`);
  },
};

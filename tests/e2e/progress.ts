import type { Context } from "mocha";

/**
 * Mocha, when it runs files side by side, tells the tests of a file when the file is through, and why one failed when all are;
 * this says what is under way and what has just failed.
 */
export const mochaHooks = {
  beforeEach(this: Context): void {
    console.log(`    … ${this.currentTest?.fullTitle()}`);
  },
  afterEach(this: Context): void {
    const { currentTest: test } = this;
    if (test?.state === "failed") console.log(`    ✗ ${test.fullTitle()}\n${test.err?.stack ?? ""}`);
  },
};

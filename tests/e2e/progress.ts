import type { Context } from "mocha";

/** Mocha, when it runs files side by side, tells the tests of a file when the file is through; this says what is under way. */
export const mochaHooks = {
  beforeEach(this: Context): void {
    console.log(`    … ${this.currentTest?.fullTitle()}`);
  },
};

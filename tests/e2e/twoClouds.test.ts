import { expect } from "chai";
import { TestState } from "../support/hardwayCli";

/** As when two users of a computer make their first labs at the same moment. */
describe("two embedded EC2s that start at once", () => {
  let states: TestState[];

  before(() => {
    states = [new TestState("one"), new TestState("two")];
  });

  after(async () => {
    await Promise.all(states.map((state) => state.remove()));
    for (const state of states) expect(state.processes()).to.deep.equal([]);
  });

  it("listen on ports of their own, and are found there again", async () => {
    const started = await Promise.all(states.map(({ cloud }) => cloud.ensure()));
    const urls = started.map(({ status }) => status.url);
    expect(new Set([...urls, ...started.map(({ status }) => status.mirror)]).size).to.equal(4);
    await Promise.all(states.map(({ cloud }) => cloud.stop()));
    const again = await Promise.all(states.map(({ cloud }) => cloud.ensure()));
    expect(again.map(({ status }) => status.url)).to.deep.equal(urls);
  });
});

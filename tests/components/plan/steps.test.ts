import { expect } from "chai";
import { askAgain, runAgainOf } from "../../../components/plan/steps";

describe("steps that run again", () => {
  it("are those whose own number or whose host's number is another one", () => {
    const counts = { "node-0": 2, "node-0/cni": 1 };
    expect(runAgainOf(counts, "node-0", "kernel")).to.equal(2);
    expect(runAgainOf(counts, "node-0", "cni")).to.equal(3);
    expect(runAgainOf(counts, "node-1", "cni")).to.equal(0);
  });

  it("are asked for one by one, whatever was asked for before", () => {
    const counts = askAgain({ "node-0": 2, "node-0/cni": 1 }, [
      { host: "node-0", step: "cni" },
      { host: "node-1", step: "routes" },
    ]);
    expect(counts).to.deep.equal({ "node-0": 2, "node-0/cni": 2, "node-1/routes": 1 });
  });
});

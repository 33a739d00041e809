import { expect } from "chai";
import type { Experiment, Place } from "../../cli/learn/experiment";
import type { Moment, Seen } from "../../cli/learn/runExperiment";
import { oddities } from "./experiments";

const experiment = {
  observe: () => [
    {
      ...{ on: "node", run: "ask", question: "Does it change?" },
      ...{ healthy: { pattern: /yes/, words: "yes" }, broken: { pattern: /no/, words: "no" } },
    },
    {
      ...{ on: "node", run: "ask", question: "Does it stay?" },
      ...{ healthy: { pattern: /yes/, words: "yes" }, broken: { pattern: /yes/, words: "still yes" } },
    },
  ],
} as unknown as Experiment;

const seen = (changes: boolean, moments: readonly Moment[] = ["before", "broken", "repaired"]) =>
  moments.flatMap((moment) => [
    { moment, question: "Does it change?", ok: moment !== "broken" || changes } as Seen,
    { moment, question: "Does it stay?", ok: true } as Seen,
  ]);

describe("an experiment without its break", () => {
  const odd = (all: readonly Seen[]) => oddities(experiment, {} as Place, all);

  it("is noticed by each observation that is to change, and by no other", () => {
    expect(odd(seen(false))).to.deep.equal([]);
    expect(odd(seen(true))).to.deep.equal(["broken: Does it change? is not to be as expected"]);
  });

  it("has to be looked at before, meanwhile and after its repair", () => {
    expect(odd(seen(false, ["before", "broken"]))).to.deep.equal([
      "repaired: Does it change? is to be as expected",
      "repaired: Does it stay? is to be as expected",
    ]);
  });
});

import { expect } from "chai";
import { experiments } from "../../cli/learn/experiments/table";
import { failures } from "../support/hardwayCli";
import { expectShown } from "../support/experiments";
import { useLab } from "./lab";

/** Every experiment on machines: what is seen before, while it is broken and after the repair is what its page says. */
describe("the experiments on machines", () => {
  const lab = useLab("try", {});

  before(async () => {
    expect(failures((await lab.up()).verification ?? [])).to.deep.equal([]);
  });

  for (const { name } of experiments.filter(({ needs }) => needs === undefined)) {
    it(`shows ${name}`, async () => {
      await expectShown(lab.state, name);
    });
  }

  it("leaves the lab as it was built", async () => {
    expect(failures(await lab.verify())).to.deep.equal([]);
  });
});

import { expect } from "chai";
import { experiments } from "../../cli/learn/experiments/table";
import type { Seen } from "../../cli/learn/runExperiment";
import { failures } from "../support/hardwayCli";
import { useLab } from "./lab";

/** Every experiment on machines: what is seen before, while it is broken and after the repair is what its page says. */
describe("the experiments on machines", () => {
  const lab = useLab("try", {});

  before(async () => {
    expect(failures((await lab.up()).verification ?? [])).to.deep.equal([]);
  });

  for (const { name } of experiments) {
    it(`shows ${name}`, async () => {
      const { code, stdout, stderr } = await lab.state.hardway("try", name, "--json");
      const { seen, ok } = JSON.parse(stdout) as { seen: readonly Seen[]; ok: boolean };
      const off = seen.filter((one) => !one.ok);
      expect(off, JSON.stringify(off, null, 2) + stderr).to.deep.equal([]);
      expect([code, ok]).to.deep.equal([0, true]);
      expect(new Set(seen.map(({ moment }) => moment))).to.deep.equal(new Set(["before", "broken", "repaired"]));
    });
  }

  it("leaves the lab as it was built", async () => {
    expect(failures(await lab.verify())).to.deep.equal([]);
  });
});

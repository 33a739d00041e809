import { join } from "node:path";
import { expect } from "chai";
import { experiments } from "../../cli/learn/experiments/table";
import { failures } from "../support/hardwayCli";
import { expectShown } from "../support/experiments";
import { expectReadable, useChromium } from "../support/reportInBrowser";
import { useLab } from "./lab";

/** Every experiment on machines: what is seen before, while it is broken and after the repair is what its page says. */
describe("the experiments on machines", () => {
  const lab = useLab("try", {});
  const browser = useChromium();
  const names = experiments.filter(({ needs }) => needs === undefined).map(({ name }) => name);

  before(async () => {
    expect(failures((await lab.up()).verification ?? [])).to.deep.equal([]);
  });

  for (const name of names) {
    it(`shows ${name}`, async () => {
      await expectShown(lab.state, name);
    });
  }

  it("leaves the lab as it was built", async () => {
    expect(failures(await lab.verify())).to.deep.equal([]);
  });

  it("is all in the report, which a browser shows", async () => {
    const file = join(lab.state.directory, "report.html");
    const { code, stdout, stderr } = await lab.state.hardway("report", "--last", "--json", "-o", file);
    expect(code, stderr).to.equal(0);
    const { failed, outdated, experiments: shown } = JSON.parse(stdout) as Record<string, unknown>;
    expect([failed, outdated]).to.deep.equal([0, false]);
    expect(shown).to.deep.equal(names);
    await expectReadable(browser(), file, "a lab on machines");
    const map = await browser().evaluate<string>("document.querySelector('.subnet').innerText");
    expect(map).not.to.match(/not checked|none seen|FAIL/);
    expect(map)
      .to.match(/runtime containerd \d/)
      .and.match(/seen at 10\.200\.1\.1/)
      .and.match(/active/);
  });
});

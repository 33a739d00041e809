import { join } from "node:path";
import { expect } from "chai";
import { planOf } from "../../cli/engine/builtStack";
import type { Place } from "../../cli/learn/experiment";
import { placeOf } from "../../cli/learn/place";
import { experiments } from "../../cli/learn/experiments/table";
import { failures } from "../support/hardwayCli";
import { expectNoticed, expectShown } from "../support/experiments";
import { expectReadable, useChromium } from "../support/reportInBrowser";
import { useLab } from "./lab";

/** Every experiment on machines: what is seen before, while it is broken and after the repair is what its page says. */
describe("the experiments on machines", () => {
  const lab = useLab("try", {});
  const browser = useChromium();
  const shown = experiments.filter(({ topic }) => topic !== "cluster");
  let place: Place;

  before(async () => {
    const { verification, outputs } = await lab.up();
    expect(failures(verification ?? [])).to.deep.equal([]);
    place = placeOf(planOf(outputs, lab.name), undefined, outputs["network"]);
  });

  for (const experiment of shown) {
    it(`shows ${experiment.name}, and nothing of it where nothing is broken`, async () => {
      await expectShown(lab.state, experiment.name);
      await expectNoticed(lab.state, place, experiment);
    });
  }

  it("leaves the lab as it was built", async () => {
    expect(failures(await lab.verify())).to.deep.equal([]);
    const all =
      "iptables-save; nft list ruleset; ip -o link; swapon --noheadings; ctr -n k8s.io container ls -q; ctr -n k8s.io snapshot ls; " +
      "grep -rs hardway-try /var/lib/cni /etc; find / -xdev -name '*hardway-try*'";
    for (const node of ["node-0", "node-1"])
      expect(await lab.on(node, `{ ${all}; } | grep -iE 'hardway-try|try0' || :`), node).to.equal("");
  });

  it("is all in the report, which a browser shows", async () => {
    const file = join(lab.state.directory, "report.html");
    const { code, stdout, stderr } = await lab.state.hardway("report", "--last", "--json", "-o", file);
    expect(code, stderr).to.equal(0);
    const { failed, outdated, experiments: inReport } = JSON.parse(stdout) as Record<string, unknown>;
    expect([failed, outdated]).to.deep.equal([0, false]);
    expect(inReport).to.deep.equal(shown.map(({ name }) => name));
    await expectReadable(browser(), file, "a lab on machines");
    const map = await browser().evaluate<string>("document.querySelector('.subnet').innerText");
    expect(map).not.to.match(/not checked|none seen|FAIL/);
    expect(map)
      .to.match(/runtime containerd \d/)
      .and.match(/seen at 10\.200\.1\.1/)
      .and.match(/active/);
  });
});

import { HeldKubelet } from "../../../cli/verify/kubelet";
import { Rows } from "../../../cli/verify/rows";
import { expect } from "chai";
import { hostThatSays, marked, type Sections } from "./samples";

describe("held kubelet", () => {
  async function round(still: Sections, resume: Sections): Promise<string[]> {
    const rows = new Rows("node-0", "cri");
    const kubelet = new HeldKubelet("0a", rows, hostThatSays({ still: () => still, resume: () => resume }));
    await kubelet.hold(undefined);
    await kubelet.release();
    return marked(rows.rows);
  }

  it("is two rows, each of which fails by itself", async () => {
    const held = "kubelet during the CRI checks: process 7 is stopped; it goes on afterwards, or by itself after N s";
    expect(await round({ kubelet: "7" }, { state: "S" })).to.deep.equal([
      held,
      "kubelet after the CRI checks: goes on",
    ]);
    expect(await round({ kubelet: "7" }, { state: "T" })).to.deep.equal([
      held,
      "FAIL kubelet after the CRI checks: state T",
    ]);
    expect(await round({ kubelet: [1, "no timers"] }, {})).to.deep.equal([
      "FAIL kubelet during the CRI checks: no timers",
    ]);
    expect(await round({ kubelet: "7" }, { state: "other run" })).to.deep.equal([
      held,
      "kubelet after the CRI checks: held still for another verification",
    ]);
  });

  it("is no row where none runs", async () => {
    expect(await round({ kubelet: "" }, {})).to.deep.equal([]);
  });
});

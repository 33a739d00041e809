import { expect } from "chai";
import pc from "picocolors";
import { renderRepair, renderVerify, type RepairOutcome } from "../../../cli/commands/repairText";

const check = (ok: boolean) =>
  ({
    host: "node-0",
    area: "kernel",
    check: "swap now",
    expected: "none",
    observed: ok ? "none" : "/swap",
    ok,
  }) as const;

const nothing = { preview: false, steps: [], stack: [], unreachable: [], checks: [check(true)] };
const kernel = { host: "node-0", step: "kernel", because: ["swap now", "swap at the next boot"] } as const;
const lines = (outcome: Partial<RepairOutcome>) =>
  renderRepair("two", { ...nothing, ...outcome }, pc.createColors(false)).split("\n");

describe("what a verification ends with", () => {
  const end = (ok: boolean, lab: string) =>
    renderVerify(lab, [check(ok)], pc.createColors(false))
      .split("\n")
      .slice(-2);

  it("names the commands that mend and explain what is off", () => {
    expect(end(true, "dev").at(-1)).to.equal("1 check ok");
    expect(end(false, "dev")).to.deep.equal([
      '"./hardway repair" runs the steps again that these checks are about.',
      "What they are for: ./hardway explain swap",
    ]);
    expect(end(false, "two")[0]).to.contain('"./hardway --lab two repair"');
  });
});

describe("what a repair ends with", () => {
  it("is one line when nothing was off", () => {
    for (const preview of [false, true])
      expect(lines({ preview })).to.deep.equal(['Nothing to repair in lab "two": 1 check ok.']);
  });

  it("is the verification, and what ran for which rows", () => {
    expect(lines({ steps: [kernel], stack: ["route to 10.200.1.0/24"] })).to.deep.equal([
      "node-0",
      "ok  kernel  swap now  none",
      "1 check ok",
      "Ran again:",
      "  the stack      route to 10.200.1.0/24",
      "  node-0 kernel  swap now; swap at the next boot",
    ]);
  });

  it("names what would run, without a table of checks that are off by then", () => {
    expect(lines({ preview: true, steps: [kernel], checks: [check(false)], unreachable: ["node-1"] })).to.deep.equal([
      "Would run again, and change only what differs:",
      "  node-0 kernel  swap now; swap at the next boot",
      "Not reached, and so not repaired: node-1.",
    ]);
  });

  it("says what could not be done, and what nothing could be done about", () => {
    expect(
      lines({ steps: [kernel], checks: [check(false)], failure: "lab-kernel-node-0: no" }).slice(-2),
    ).to.deep.equal(["Could not be done:", "lab-kernel-node-0: no"]);
    expect(lines({ checks: [check(false)], unreachable: ["node-1"] }).slice(-2)).to.deep.equal([
      "Nothing was run again.",
      "Not reached, and so not repaired: node-1.",
    ]);
  });
});

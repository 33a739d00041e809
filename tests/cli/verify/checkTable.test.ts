import { expect } from "chai";
import pc from "picocolors";
import { countChecks, renderChecks } from "../../../cli/verify/checkTable";
import type { Check } from "../../../cli/verify/types";

const row = (host: string, check: string, ok: boolean): Check => ({
  host,
  area: "kernel",
  check,
  expected: "1",
  observed: ok ? "1" : "0\nand\u0007 more",
  ok,
});

describe("the table of checks", () => {
  it("groups by host and repeats what failed, with both values", () => {
    const checks = [
      row("node-0", "swap off", true),
      row("server", "ip_forward", false),
      row("node-0", "module overlay", true),
    ];
    const lines = renderChecks(checks, pc.createColors(false)).split("\n");
    expect(lines).to.deep.equal([
      "node-0",
      "ok    kernel  swap off        1",
      "ok    kernel  module overlay  1",
      "server",
      "FAIL  kernel  ip_forward      0 and more",
      "FAIL server: kernel: ip_forward",
      "  expected: 1",
      "  observed: 0 and more",
      "1 of 3 checks failed",
    ]);
  });

  it("counts", () => {
    expect(countChecks([row("a", "x", true), row("a", "y", true)])).to.equal("2 checks ok");
  });

  it("says which hosts have no more rows because nobody could log in", () => {
    const closed = (host: string): Check => ({ ...row(host, "connection", false), area: "ssh" });
    expect(countChecks([row("a", "x", true), closed("b"), row("b", "y", false), closed("c")])).to.equal(
      "3 of 4 checks failed; nothing else was checked of b, c",
    );
  });
});

import { expect } from "chai";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { keepExperiment, keepVerification, keptExperiments, keptVerification } from "../../../cli/lab/keptResults";
import { labPaths } from "../../../cli/paths";
import { checksOf, laterFile, plannedLab } from "../report/simulatedReport";
import { temporaryFolder } from "../support";

describe("what is kept of a lab for its report", () => {
  const folder = temporaryFolder();
  const paths = () => labPaths("dev", folder());
  beforeEach(() => mkdirSync(paths().directory, { recursive: true }));

  it("is the last verification, whatever came of it", () => {
    const row = {
      host: "node-0",
      area: "kernel",
      check: "swap now",
      expected: "none",
      observed: "/swap",
      ok: false,
    } as const;
    keepVerification(paths(), [], "r1");
    keepVerification(paths(), [row], "r2");
    const { at, ...kept } = keptVerification(paths())!;
    expect(kept).to.deep.equal({ revision: "r2", checks: [row] });
    expect(Date.now() - Date.parse(at)).to.be.within(0, 60_000);
  });

  it("is small for a large lab, too", () => {
    const checks = checksOf(plannedLab(50));
    keepVerification(paths(), checks, "r1");
    expect(checks).to.have.length.above(15_000);
    expect(statSync(paths().lastChecks).size).to.be.below(300_000);
    expect(keptVerification(paths())?.checks).to.deep.equal(checks);
  });

  it("is the last run of each experiment", () => {
    const other = { ...laterFile, name: "forwarding" };
    for (const run of [laterFile, other, { ...laterFile, node: "node-1" }]) keepExperiment(paths(), run);
    expect(keptExperiments(paths()).map(({ name, node }) => [name, node])).to.deep.equal([
      ["forwarding", "node-0"],
      ["later-file", "node-1"],
    ]);
    expect(keptExperiments(paths())[1]?.seen).to.deep.equal(laterFile.seen);
  });

  it("has the beginning of an output that is long", () => {
    const [seen] = laterFile.seen;
    keepExperiment(paths(), { ...laterFile, seen: [{ ...seen!, output: "x".repeat(4001) }] });
    expect(keptExperiments(paths())[0]?.seen[0]?.output).to.equal(`${"x".repeat(4000)}\n(1 more characters)`);
  });

  it("is nobody else's to read", () => {
    keepVerification(paths(), [], "r1");
    keepExperiment(paths(), laterFile);
    for (const file of [paths().lastChecks, paths().experiments]) expect(statSync(file).mode & 0o777).to.equal(0o600);
  });

  it("is nothing where nothing was kept, or a file is broken", () => {
    expect([keptVerification(paths()), keptExperiments(paths())]).to.deep.equal([undefined, []]);
    for (const text of ["{", "null", "{}", '{"at":"2026-11-21T12:00:00.000Z"}']) {
      writeFileSync(paths().experiments, text);
      writeFileSync(paths().lastChecks, gzipSync(text));
      expect([keptVerification(paths()), keptExperiments(paths())], text).to.deep.equal([undefined, []]);
    }
    writeFileSync(paths().lastChecks, "no archive");
    expect(keptVerification(paths())).to.equal(undefined);
  });
});

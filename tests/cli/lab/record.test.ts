import { expect } from "chai";
import { mkdirSync, writeFileSync } from "node:fs";
import { readLastRun, readVerified, saveLastRun, saveVerified } from "../../../cli/lab/record";
import { labPaths } from "../../../cli/paths";
import { instance, type FakeInstance } from "../fakeCloud";
import { temporaryFolder } from "../support";
import { plan } from "../verify/samples";

const boot = { pid: 7, startedAt: "2026-11-21T12:00:00.000Z" };
const machines = [instance("server", boot), instance("node-0", boot)];
const checks = [{ host: "server", area: "kernel", check: "c", expected: "e", observed: "o", ok: true } as const];

describe("a verification that passed", () => {
  const folder = temporaryFolder();
  const paths = () => labPaths("dev", folder());
  const found = (others = plan, now: FakeInstance[] = machines) => readVerified(paths(), others, now)?.checks;
  beforeEach(() => {
    mkdirSync(paths().directory, { recursive: true });
    saveVerified(paths(), plan, machines, checks);
  });

  it("holds for the same plan on the same boots", () => {
    expect(found()).to.deep.equal(checks);
    expect(found(plan, [instance("server", { ...boot, publicAddress: "127.77.0.9" }), machines[1]!])).to.deep.equal(
      checks,
    );
  });

  const others: [what: string, change: Partial<FakeInstance>][] = [
    ["another instance", { id: "i-new" }],
    ["another boot", { startedAt: "2026-11-21T12:00:01.000Z" }],
    ["another process", { pid: 8 }],
    ["one that does not run", { pid: undefined, startedAt: undefined }],
  ];
  for (const [what, change] of others) {
    it(`does not hold for ${what}`, () => {
      expect(found(plan, [instance("server", { ...boot, ...change }), machines[1]!])).to.equal(undefined);
    });
  }

  it("does not hold for another plan, fewer machines, or a broken file", () => {
    expect(found({ ...plan, clusterCidr: "10.201.0.0/16" })).to.equal(undefined);
    expect(found(plan, machines.slice(1))).to.equal(undefined);
    writeFileSync(paths().verified, "{");
    expect(found()).to.equal(undefined);
  });
});

describe("the last run", () => {
  const folder = temporaryFolder();

  it("is remembered with its time", () => {
    const paths = labPaths("dev", folder());
    mkdirSync(paths.directory, { recursive: true });
    expect(readLastRun(paths)).to.equal(undefined);
    saveLastRun(paths, { command: "up", result: "failed", summary: { create: 2 } });
    const { at, ...rest } = readLastRun(paths)!;
    expect(rest).to.deep.equal({ command: "up", result: "failed", summary: { create: 2 } });
    expect(Math.abs(Date.parse(at) - Date.now())).to.be.below(60_000);
  });
});

import { expect } from "chai";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import {
  holdsFor,
  keepVerified,
  saveVerified,
  takeVerified,
  type LabIdentity,
} from "../../../cli/lab/lastVerification";
import { labPaths } from "../../../cli/paths";
import { instance, type FakeInstance } from "../fakeCloud";
import { temporaryFolder } from "../support";
import { plan } from "../verify/samples";

const boot = { pid: 7, startedAt: "2026-11-21T12:00:00.000Z" };
const machines = [instance("server", boot), instance("node-0", boot)];
const lab = { plan, revision: "r1", machines };

describe("a verification that passed", () => {
  const folder = temporaryFolder();
  const paths = () => labPaths("dev", folder());
  const holds = (change: Partial<LabIdentity>) => holdsFor(takeVerified(paths())!, { ...lab, ...change });
  beforeEach(() => {
    mkdirSync(paths().directory, { recursive: true });
    saveVerified(paths(), lab, 143);
  });

  it("holds for the same plan and state on the same boots", () => {
    expect(holds({ machines: [instance("server", { ...boot, publicAddress: "127.77.0.9" }), machines[1]!] })).to.equal(
      true,
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
      expect(holds({ machines: [instance("server", { ...boot, ...change }), machines[1]!] })).to.equal(false);
    });
  }

  it("does not hold for another plan", () => {
    expect(holds({ plan: { ...plan, clusterCidr: "10.201.0.0/16" } })).to.equal(false);
  });

  it("does not hold for fewer machines", () => {
    expect(holds({ machines: machines.slice(1) })).to.equal(false);
  });

  it("does not hold once an engine has changed the stack, whoever ran it", () => {
    expect(holds({ revision: "r2" })).to.equal(false);
  });

  it("is known once, unless it is kept again", () => {
    const verified = takeVerified(paths())!;
    expect(verified.checks).to.equal(143);
    expect(takeVerified(paths())).to.equal(undefined);
    keepVerified(paths(), verified);
    expect(takeVerified(paths())).to.deep.equal(verified);
  });

  for (const text of [
    "{",
    "",
    "null",
    "7",
    "[]",
    '{"at":"2026-11-21T12:00:00.000Z","of":"x","checks":[{"ok":true}]}',
  ]) {
    it(`is not ${JSON.stringify(text)}`, () => {
      writeFileSync(paths().verified, text);
      expect(takeVerified(paths())).to.equal(undefined);
      expect(existsSync(paths().verified)).to.equal(false);
    });
  }

  it("is not kept for hosts of which it is not known when they boot", () => {
    takeVerified(paths());
    saveVerified(paths(), { ...lab, machines: [] }, 143);
    expect(takeVerified(paths())).to.equal(undefined);
  });
});

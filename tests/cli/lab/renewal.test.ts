import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { parse, stringify } from "yaml";
import { certificateExpiryOf } from "../../../cli/engine/deployment";
import { raiseCertificateGeneration } from "../../../cli/engine/workspaceFiles";
import type { Context } from "../../../cli/lab/context";
import { endingSoon, renewInTime } from "../../../cli/lab/renewal";
import { renewedBelow } from "../../../cli/verify/certificates";
import { labPaths } from "../../../cli/paths";
import { describeSettings, labStackFile } from "../../../cli/settings/stackFile";
import { RecordedReport, temporaryFolder } from "../support";

const dayMs = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * dayMs).toISOString();

describe("a renewal of certificates in time", () => {
  const folder = temporaryFolder();
  const paths = () => labPaths("dev", folder());
  const config = () => (parse(readFileSync(labStackFile(paths()), "utf8")) as { config: object }).config;
  beforeEach(() => {
    mkdirSync(paths().workspace, { recursive: true });
    writeFileSync(labStackFile(paths()), stringify({ encryptionsalt: "v1:x", config: { "hardway:cluster": true } }));
  });

  it("knows from the stack's outputs which hosts have certificates that end soon", () => {
    const outputs = { certificateExpiry: { server: "2027-11-25T12:00:00.000Z", "node-0": "2027-12-25T12:00:00.000Z" } };
    const expiry = certificateExpiryOf({ resources: [{ urn: "u", type: "pulumi:pulumi:Stack", outputs }] });
    expect(endingSoon(expiry, 30, new Date("2027-10-26T12:00:00.000Z"))).to.deep.equal([]);
    expect(endingSoon(expiry, 30, new Date("2027-10-26T12:00:00.001Z"))).to.deep.equal(["server"]);
    expect(endingSoon(expiry, 30, new Date("2028-01-01T00:00:00.000Z"))).to.deep.equal(["server", "node-0"]);
    expect(certificateExpiryOf({})).to.deep.equal({});
  });

  it("is due below thirty days, or in the last third where they hold for no longer than that", () => {
    expect([3650, 365, 31, 30, 20, 2].map(renewedBelow)).to.deep.equal([30, 30, 30, 10, 7, 1]);
  });

  for (const [what, certificateDays, left, generation] of [
    ["asks for new ones where few days are left", 365, 29, 2],
    ["does nothing where enough are left", 365, 31, undefined],
    ["takes the number from the configuration, as text too", "20", 10, undefined],
    ["takes the usual number where it is encrypted", { secure: "v1:x" }, 29, 2],
  ] as const)
    it(what, () => {
      const report = new RecordedReport();
      const context = { paths: paths(), settings: { values: { certificateDays } } } as unknown as Context;
      renewInTime(context, { server: inDays(900), "node-0": inDays(left) }, report);
      expect(config()).to.deep.equal({
        "hardway:cluster": true,
        ...(generation !== undefined && { "hardway:certificateGeneration": generation }),
      });
      expect(report.lines).to.deep.equal(
        generation === undefined ? [] : ["issuing certificates again: fewer than 30 days are left on node-0"],
      );
    });

  it("counts the lab's own number up, which is no setting of the user's", () => {
    for (const expected of [2, 3]) {
      raiseCertificateGeneration(paths());
      expect(config()).to.include({ "hardway:certificateGeneration": expected });
    }
    const key = "hardway:certificateGeneration";
    expect(describeSettings({ differing: [key, "hardway:runAgain"], overruled: [key] }, paths())).to.equal(undefined);
  });
});

import { expect } from "chai";
import { join } from "node:path";
import { expectedMirror, mirrorVariables, usesOwnMirror } from "../../../cli/lab/mirror";
import type { LabKind, LabSettings } from "../../../cli/lab/settings";
import { FakeCloud } from "../fakeCloud";
import { temporaryFolder } from "../support";

const settings = (values: Record<string, unknown>, kind: LabKind = "embedded"): LabSettings => ({
  ...{ kind, values, aws: {}, hasSecrets: false },
});

describe("the mirror of a lab", () => {
  const folder = temporaryFolder();
  const sumsFile = () => join(folder(), "artifacts/mirror/SHA256SUMS");

  const cases: [string, LabSettings, boolean][] = [
    ["source mirror", settings({ runtimeSource: "mirror" }), true],
    ["source mirror of one worker", settings({ nodes: { "node-1": { runtimeSource: "mirror" } } }), true],
    ["another mirror", settings({ runtimeSource: "mirror", runtimeMirror: "https://mirror.example" }), false],
    [
      "another mirror of the one worker",
      settings({ nodes: { "node-1": { runtimeSource: "mirror", runtimeMirror: "https://mirror.example" } } }),
      false,
    ],
    ["packages", settings({ runtimeSource: "distro", runtimeMirror: "" }), false],
    ["AWS", settings({ runtimeSource: "mirror" }, "aws"), false],
  ];
  for (const [what, given, used] of cases) {
    it(`is ${used ? "" : "not "}the embedded EC2's with ${what}`, async () => {
      expect(usesOwnMirror(given)).to.equal(used);
      expect(expectedMirror({ cache: folder() }, given)?.sumsFile).to.equal(used ? sumsFile() : undefined);
      const cloud = await FakeCloud.start(folder());
      try {
        expect(await mirrorVariables({ state: folder(), cache: folder() }, given)).to.deep.equal(
          used ? { HARDWAY_MIRROR: "http://10.0.2.2:4600", HARDWAY_MIRROR_SUMS: sumsFile() } : {},
        );
      } finally {
        await cloud.stop();
      }
    });
  }

  it("is unknown while the embedded EC2 does not run", async () => {
    const context = { state: folder(), cache: folder() };
    expect(await mirrorVariables(context, settings({ runtimeSource: "mirror" }))).to.deep.equal({});
  });
});

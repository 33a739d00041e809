import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { repository } from "./support/hardwayCli";

describe("the lint's own rules", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "hardway-lint-"));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  /** What they report of the files of a project that is no more than these. */
  function reported(files: Record<string, string>): string[] {
    const rules = {
      "hardway/floors": "error",
      "hardway/generate-key-pair": "error",
      "hardway/no-narrowed-test": "error",
    };
    const config = { categories: {}, plugins: [], jsPlugins: [join(repository, "oxlint.rules.mjs")], rules };
    for (const [name, text] of Object.entries({ ...files, ".oxlintrc.json": JSON.stringify(config) })) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const oxlint = join(repository, "node_modules/.bin/oxlint");
    const { stdout, stderr } = spawnSync(oxlint, ["-f", "unix"], { cwd: folder, encoding: "utf8" });
    expect(stderr).to.equal("");
    return stdout.split("\n").filter((line) => line.includes("hardway("));
  }

  for (const text of [
    'import { x } from "../node/x";',
    'import type { X } from "../labPlan";',
    'export { x } from "../../cloud/x";',
    'export * from "../network";',
    'export const x = () => import("../node/x");',
    'export type X = import("../HardWayLab").X;',
  ])
    it(`refuse, in components/plan: ${text}`, () => {
      const found = reported({
        "components/plan/x.ts": text,
        "components/labPlan.ts": "",
        "components/HardWayLab.ts": "",
      });
      expect(found).to.have.length(1);
      expect(found[0]).to.match(/^components\/plan\/x\.ts:1:.*components(\/plan)? is below .*hardway\(floors\)/);
    });

  it("let a file import from its own room, from floors below, and from where there are no floors", () => {
    const files = {
      "components/plan/x.ts": 'import "./y";\nimport "../host";\nimport "yaml";',
      "components/host.ts": "",
      "components/node/x.ts": 'import "../plan/x";\nimport "../../package.json";',
      "cli/lab/x.ts": 'import "../paths";\nimport "../../cloud/x";\nimport "../../tests/x";',
      "tests/x.ts": 'import "../cli/lab/x";',
    };
    expect(reported(files)).to.deep.equal([]);
  });

  it("refuse a narrowed test, and a key pair that may be unreadable", () => {
    const files = {
      "tests/x.ts": 'it.only("x", () => {});\ndescribe.only("x", () => {});\nit("x", () => {});',
      "cloud/x.ts": 'utils.generateKeyPairSync("ed25519", {});\nutils.generateKeyPairSync("rsa", {});',
    };
    expect(
      reported(files).map((line) => /^(.*?:\d+):.*(hardway\(.*\))/.exec(line)!.slice(1).join(" ")),
    ).to.have.members([
      "tests/x.ts:1 hardway(no-narrowed-test)",
      "tests/x.ts:2 hardway(no-narrowed-test)",
      "cloud/x.ts:1 hardway(generate-key-pair)",
    ]);
  });
});

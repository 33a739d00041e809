import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(__dirname, "..", "..");

describe("docs/api", () => {
  it("is what the docstrings say, with every type that a public signature names", () => {
    const folder = mkdtempSync(join(tmpdir(), "hardway-api-"));
    try {
      // Its warnings, such as of a type that is not exported, are errors: see typedoc.json.
      execFileSync(join(root, "node_modules/.bin/typedoc"), ["--out", folder, "--logLevel", "Warn"], {
        cwd: root,
        stdio: "pipe",
      });
      const pages = readdirSync(folder);
      expect(pages).to.deep.equal(["README.md"]);
      const [fresh, kept] = [folder, join(root, "docs/api")].map((place) =>
        readFileSync(join(place, "README.md"), "utf8"),
      );
      expect(kept, 'run "npm run docs"').to.equal(fresh);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }).timeout(120_000);
});

import { expect } from "chai";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderMatrix } from "../../matrix/page";

describe("docs/runtimes.md", () => {
  it("says what the code says; UPDATE_GOLDEN=1 writes it anew", () => {
    const file = join(__dirname, "../../../docs/runtimes.md");
    const text = readFileSync(file, "utf8");
    const made = text.replace(
      /(<!-- made by [^>]*-->\n).*(<!-- end -->)/s,
      (_all, begin: string, end: string) => `${begin}\n${renderMatrix()}\n${end}`,
    );
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, made);
    expect(text).to.equal(made);
  });
});

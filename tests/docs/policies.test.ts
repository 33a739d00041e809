import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { rules } from "../../policy/rules";

const page = readFileSync(path.join(__dirname, "../../docs/policies.md"), "utf8");

describe("docs/policies.md", () => {
  it("has a row for each rule of the pack, in its order and with its words", () => {
    const rows = page.split("\n").filter((line) => /^\| `/.test(line));
    const expected = rules.map(
      ({ name, level, reason, remedy }) => `| \`${name}\` | ${level} | ${reason} | ${remedy} |`,
    );
    expect(rows).to.deep.equal(expected);
  });
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { renderMatrix } from "../matrix/page";
import { expectFile } from "../support/golden";

describe("docs/runtimes.md", () => {
  it("says what the code says; UPDATE_GOLDEN=1 writes it anew", async () => {
    const file = join(__dirname, "../../docs/runtimes.md");
    const text = readFileSync(file, "utf8");
    const made = text.replace(
      /(<!-- made by [^>]*-->\n).*(<!-- end -->)/s,
      (_all, begin: string, end: string) => `${begin}\n${renderMatrix()}\n${end}`,
    );
    expectFile(file, await format(made, { ...(await resolveConfig(file)), filepath: file }));
  });
});

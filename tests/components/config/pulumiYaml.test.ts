import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { configSchema } from "../../../components/config/schema";

interface Declaration {
  type: string;
  default?: unknown;
  description?: string;
}

const root = join(__dirname, "../../..");
const project = parse(readFileSync(join(root, "Pulumi.yaml"), "utf8")) as { config: Record<string, Declaration> };

describe("Pulumi.yaml", () => {
  const schema = z.toJSONSchema(configSchema, { io: "input", unrepresentable: "any" });
  const properties = schema.properties as Record<string, { type?: string; default?: unknown }>;

  it("declares exactly the keys that the program reads", () => {
    expect(Object.keys(project.config)).to.have.members(Object.keys(properties));
  });

  for (const [key, declaration] of Object.entries(project.config)) {
    it(`types, describes and defaults ${key} as the program does`, () => {
      expect(declaration.type).to.equal(properties[key]?.type);
      expect(declaration.default).to.deep.equal(properties[key]?.default);
      expect(declaration.description).to.match(/^[A-Z].*\.$/);
    });
  }

  it("is what docs/configuration.md says", () => {
    const page = readFileSync(join(root, "docs/configuration.md"), "utf8");
    const rows = [...page.matchAll(/^\| `(\w+)` \| (none|`[^|]*`) \| (.*) \|$/gm)];
    expect(rows.map(([, key, value, description]) => ({ key, value, description }))).to.deep.equal(
      Object.entries(project.config).map(([key, declaration]) => ({
        key,
        value: isEmpty(declaration.default) ? "none" : `\`${String(declaration.default)}\``,
        description: declaration.description,
      })),
    );
  });
});

function isEmpty(value: unknown): boolean {
  return value === "" || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
}

import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";

const root = join(__dirname, "..");
const folders = ["components", "plugin", "cli", "cloud", "providers", "loader", "bench"];

/** The names that a module declares and exports; what it passes on from others is theirs. */
function exportedNames(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest);
  return source.statements.flatMap((statement) => {
    const isExported =
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    if (!isExported) return [];
    const declared = ts.isVariableStatement(statement) ? statement.declarationList.declarations : [statement];
    return declared.flatMap((declaration) => {
      const { name } = declaration as ts.NamedDeclaration;
      return name !== undefined && ts.isIdentifier(name) ? [name.text] : [];
    });
  });
}

describe("an exported name", () => {
  it("means one thing, wherever it is imported", () => {
    const files = folders
      .flatMap((folder) =>
        readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((name) => join(root, folder, name)),
      )
      .filter((file) => file.endsWith(".ts"));
    const places = new Map<string, Set<string>>();
    for (const file of files)
      for (const name of exportedNames(file))
        places.set(name, (places.get(name) ?? new Set()).add(relative(root, file)));
    expect(places.size).to.be.greaterThan(500);
    const twice = [...places]
      .filter(([, { size }]) => size > 1)
      .map(([name, found]) => `${name}: ${[...found].join(", ")}`);
    expect(twice).to.deep.equal([]);
  });
});

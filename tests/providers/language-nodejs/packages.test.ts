import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { splitArguments } from "../../../providers/language-nodejs/arguments";
import { installedPackages, npmVersion, pluginDependencies } from "../../../providers/language-nodejs/packages";

describe("npm packages of a program", () => {
  let root: string;
  before(() => {
    root = mkdtempSync(path.join(tmpdir(), "hardway-packages-"));
    const write = (directory: string, manifest: object) => {
      mkdirSync(path.join(root, directory), { recursive: true });
      writeFileSync(path.join(root, directory, "package.json"), JSON.stringify(manifest));
    };
    write(".", {
      dependencies: { a: "*", "@pulumi/thing": "*", missing: "*" },
      devDependencies: { dev: "*", shared: "*" },
    });
    write("node_modules/a", { version: "1.0.0", dependencies: { "@scope/deep": "*", a: "*", shared: "*" } });
    write("node_modules/shared", { version: "6.0.0" });
    write("node_modules/a/node_modules/@scope/deep", {
      version: "2.0.0",
      pulumi: { resource: true, name: "deep", version: "v2.1.0", server: "https://example.com" },
    });
    write("node_modules/@pulumi/thing", { version: "3.0.0", pulumi: { resource: true } });
    write("node_modules/dev", { version: "4.0.0", pulumi: { name: "no plugin" }, devDependencies: { unrelated: "*" } });
    write("node_modules/unrelated", { version: "5.0.0", pulumi: { resource: true, name: "unrelated" } });
    mkdirSync(path.join(root, "program"));
  });
  after(() => rmSync(root, { recursive: true }));

  it("are found where Node finds them, from a folder inside the project too", () => {
    for (const directory of [root, path.join(root, "program")]) {
      const found = installedPackages(directory).map(({ name, version, direct }) => [name, version, direct]);
      expect(found).to.deep.equal([
        ["a", "1.0.0", true],
        ["@scope/deep", "2.0.0", false],
        // Which `a` brings before the program itself asks for it.
        ["shared", "6.0.0", true],
        ["@pulumi/thing", "3.0.0", true],
        ["dev", "4.0.0", true],
      ]);
    }
  });

  it("name the plugins they need", () => {
    expect(pluginDependencies(root)).to.deep.equal([
      { name: "deep", version: "v2.1.0", server: "https://example.com", parameterization: undefined },
      { name: "thing", version: "v3.0.0", server: "", parameterization: undefined },
    ]);
  });
});

describe("nodeargs", () => {
  const cases: [line: string, words: string[]][] = [
    ["", []],
    ["  --import tsx  ", ["--import", "tsx"]],
    [`--title 'two words' --x="a b"c`, ["--title", "two words", "--x=a bc"]],
    [`a\\ b "say \\"hi\\" \\n" 'it''s' ""`, ["a b", `say "hi" \\n`, "its", ""]],
  ];
  for (const [line, words] of cases) {
    it(JSON.stringify(line), () => expect(splitArguments(line)).to.deep.equal(words));
  }
  it("with an open quote are refused", () => {
    expect(() => splitArguments(`--title 'two`)).to.throw("nodeargs: ' is not closed");
  });
});

describe("the version of npm", () => {
  let root: string;
  beforeEach(() => (root = mkdtempSync(path.join(tmpdir(), "hardway-packages-"))));
  afterEach(() => rmSync(root, { recursive: true }));

  it("is that of the first on the search path, and unknown where that is another's script", () => {
    const [bin, npm, shims] = ["bin", "lib/npm", "shims/bin"].map((name) => path.join(root, name)) as [
      string,
      string,
      string,
    ];
    for (const folder of [bin, path.join(npm, "bin"), shims]) mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(npm, "package.json"), JSON.stringify({ name: "npm", version: "10.1.2" }));
    writeFileSync(path.join(npm, "bin/npm-cli.js"), "");
    symlinkSync(path.join(npm, "bin/npm-cli.js"), path.join(bin, "npm"));
    writeFileSync(path.join(shims, "npm"), "#!/bin/sh\n");
    const versions = [[path.join(root, "none"), bin], [shims, bin], []].map((folders) =>
      npmVersion(folders.join(path.delimiter)),
    );
    expect(versions).to.deep.equal(["10.1.2", undefined, undefined]);
    // A version manager's own package is no npm either.
    writeFileSync(path.join(root, "shims/package.json"), JSON.stringify({ name: "manager", version: "1.0.0" }));
    expect(npmVersion(shims)).to.equal(undefined);
  });
});

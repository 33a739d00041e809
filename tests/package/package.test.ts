import { expect } from "chai";
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { entries, manifest, PackedPackage } from "./packed";

const root = join(__dirname, "..", "..");

describe("the npm package", function () {
  this.timeout(300_000);
  let packed: PackedPackage;
  let consumer: string;
  before(() => {
    packed = new PackedPackage();
    consumer = packed.consumer("consumer");
  });
  after(() => packed?.remove());

  /** A program that imports all that the package exports, and uses it: values as values, types as types. */
  let programOfAll: string;
  before(() => (programOfAll = entries.map((entry) => usesOf(consumer, entry)).join("")));

  it("has what the components need, and nothing of the lab", () => {
    const folders = new Set(packed.files.map((file) => file.split("/")[0]));
    expect([...folders].sort()).to.deep.equal([
      ...["CHANGELOG.md", "LICENSE", "README.md", "dist", "entry", "package.json", "scripts"],
    ]);
    const scripts = readdirSync(join(root, "scripts"), { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".sh"),
    );
    expect(scripts).to.have.length.greaterThan(40);
    expect(packed.files).to.include.members(scripts.map((name) => `scripts/${name}`));
    expect(packed.size).to.be.lessThan(200_000);
  });

  for (const [what, extensions, options] of [
    ["node16", ["cts", "mts"], { module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16 }],
    ["bundler", ["ts"], { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler }],
    ["bundler", ["cts"], { module: ts.ModuleKind.Preserve, moduleResolution: ts.ModuleResolutionKind.Bundler }],
  ] as const) {
    it(`has types for ${extensions.join(" and ")} files and ${what}, down to those of its dependencies`, () => {
      const files = extensions.map((extension) => join(consumer, `every-${what}.${extension}`));
      for (const file of files) writeFileSync(file, programOfAll);
      expect(problems(consumer, files, options)).to.deep.equal([]);
    });
  }

  for (const [what, file, load] of [
    ["CommonJS", "load.cjs", (entry: string) => `const loaded = require("${entry}");`],
    ["ESM", "load.mjs", (entry: string) => `import * as loaded from "${entry}";`],
  ] as const) {
    for (const entry of entries) {
      it(`registers nothing when ${what} imports ${entry}`, () => {
        const mocks =
          what === "ESM" ? 'import pulumi from "@pulumi/pulumi";' : 'const pulumi = require("@pulumi/pulumi");';
        writeFileSync(
          join(consumer, file),
          `${mocks}
           let made = 0;
           const newResource = () => (made++, { id: "", state: {} });
           void pulumi.runtime.setMocks({ newResource, call: () => ({}) });
           ${load(entry)}
           setTimeout(() => console.log(made, typeof (loaded.KernelPrep ?? loaded.LabNetwork ?? loaded.hardwayMocks)), 100);`,
        );
        expect(run(consumer, file)).to.equal("0 function\n");
      });
    }
  }

  it("has hardway/host without @pulumi/aws", () => {
    const hostOnly = packed.consumer("host-only", ["@pulumi/aws"]);
    writeFileSync(join(hostOnly, "load.cjs"), 'console.log(typeof require("hardway/host").KernelPrep);');
    expect(run(hostOnly, "load.cjs")).to.equal("function\n");
    writeFileSync(join(hostOnly, "types.cts"), 'import { KernelPrep } from "hardway/host"; void KernelPrep;');
    expect(problems(hostOnly, [join(hostOnly, "types.cts")], { module: ts.ModuleKind.Node16 })).to.deep.equal([]);
  });

  it("says what to do where it was not built", () => {
    const unbuilt = packed.consumer("unbuilt");
    rmSync(join(unbuilt, "node_modules/hardway/dist"), { recursive: true });
    writeFileSync(join(unbuilt, "load.cjs"), 'require("hardway");');
    const { status, stderr } = spawnSync(process.execPath, ["load.cjs"], { cwd: unbuilt, encoding: "utf8" });
    expect(status).to.equal(1);
    expect(stderr).to.contain("hardway is not built").and.to.contain('without "--ignore-scripts"');
  });
});

describe("the sources of the components", () => {
  it("load under the TypeScript loader of Pulumi's SDK", () => {
    const program = `
      const loader = require("@pulumi/pulumi/vendor/ts-node@7.0.1");
      loader.register({ typeCheck: false, compilerOptions: { module: "commonjs", moduleResolution: "node10" } });
      console.log(typeof require("./components").KernelPrep);`;
    expect(execFileSync(process.execPath, ["-e", program], { cwd: root, encoding: "utf8" })).to.equal("function\n");
  });
});

/** Lines that import an entry of the package and use each of its exports. */
function usesOf(consumer: string, entry: string): string {
  const types = (manifest.exports[entry.replace("hardway", ".")] as { types: string }).types;
  const file = join(consumer, "node_modules", "hardway", types);
  const program = ts.createProgram([file], { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.Node16 });
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(file) as ts.Node) as ts.Symbol;
  const name = entry.replace(/\W/g, "_");
  const uses = checker.getExportsOfModule(module).map((symbol) => {
    const { flags } = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    return flags & ts.SymbolFlags.Value
      ? `void ${name}.${symbol.name};`
      : `export type ${name}_${symbol.name} = ${name}.${symbol.name};`;
  });
  expect(uses).to.have.length.greaterThan(5);
  return [`import * as ${name} from "${entry}";`, ...uses, ""].join("\n");
}

/** What the compiler finds wrong with a program, declarations of packages included. */
function problems(consumer: string, files: string[], options: ts.CompilerOptions): string[] {
  const program = ts.createProgram(files, {
    ...{ target: ts.ScriptTarget.ES2022, strict: true, skipLibCheck: false, noEmit: true },
    ...{ types: ["node"], typeRoots: [join(consumer, "node_modules", "@types")] },
    ...options,
  });
  return ts.getPreEmitDiagnostics(program).map(textOf);
}

function run(folder: string, file: string): string {
  return execFileSync(process.execPath, [file], { cwd: folder, encoding: "utf8", timeout: 60_000 });
}

function textOf({ file, start, messageText }: ts.Diagnostic): string {
  return `${file?.fileName}:${start} ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
}

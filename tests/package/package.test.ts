import { expect } from "chai";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import { examples, programs, runOf } from "../examples/programs";
import { entries, manifest, PackedPackage } from "./packed";

const root = join(__dirname, "..", "..");

describe("the npm package", function () {
  this.timeout(300_000);
  let packed: PackedPackage;
  let consumer: string;
  let hostOnly: string;
  /** A program that imports all that the package exports, and uses it: values as values, types as types. */
  let programOfAll: string;
  /** The examples' files. */
  let sources: string[];
  const programOfHosts = 'import { KernelPrep } from "hardway/host"; void KernelPrep;';
  before(() => {
    packed = new PackedPackage();
    consumer = packed.consumer("consumer");
    hostOnly = packed.consumer("host-only", ["@pulumi/aws"]);
    programOfAll = usesOfAll(consumer);
    sources = copyExamples(consumer);
    copyExamples(hostOnly);
  });
  after(() => packed?.remove());

  it("has what the components need, and nothing of the lab", () => {
    const folders = new Set(packed.files.map((file) => file.split("/")[0]));
    expect([...folders].sort()).to.deep.equal([
      ...["LICENSE", "README.md", "dist", "entry", "package.json", "scripts"],
    ]);
    const scripts = readdirSync(join(root, "scripts"), { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".sh"),
    );
    expect(scripts).to.have.length.greaterThan(40);
    expect(packed.files).to.include.members(scripts.map((name) => `scripts/${name}`));
    // A part of 45 kB is the cluster's.
    expect(packed.size).to.be.lessThan(243_000);
  });

  for (const [what, extensions, options] of [
    ["node16", ["cts", "mts"], { module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16 }],
    ["bundler", ["ts"], { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler }],
    // As programs have it that Pulumi's loader compiles without a tsconfig.json; it does not look at the package's "exports".
    ["node10", ["ts"], { module: ts.ModuleKind.CommonJS, moduleResolution: ts.ModuleResolutionKind.Node10 }],
    ["bundler", ["cts"], { module: ts.ModuleKind.Preserve, moduleResolution: ts.ModuleResolutionKind.Bundler }],
  ] as const) {
    const withExamples = what === "node16";
    it(`has types for ${extensions.join(" and ")} files and ${what}${withExamples ? ", and for the examples" : ""}, down to those of its dependencies, also where @pulumi/aws is missing`, () => {
      const files = extensions.flatMap((extension) =>
        [
          [consumer, programOfAll],
          [hostOnly, programOfHosts],
        ].map(([folder, program]) => {
          const file = join(folder as string, `types-${what}.${extension}`);
          writeFileSync(file, program as string);
          return file;
        }),
      );
      expect(problems(consumer, [...files, ...(withExamples ? sources : [])], options)).to.deep.equal([]);
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

  it("makes each component, in the examples", () => {
    expect(runAll(consumer, programs)).to.deep.equal(wantedOf(programs));
  });

  it("makes those for hosts without @pulumi/aws", () => {
    const ofHosts = programs.filter((name) => sources.every((file) => !file.includes(`/${name}/`) || needsNoAws(file)));
    expect(ofHosts).to.have.length.greaterThan(5);
    expect(runAll(hostOnly, ofHosts)).to.deep.equal(wantedOf(ofHosts));
  });

  for (const entry of ["hardway", "hardway/aws"])
    it(`says what to do where ${entry} lacks @pulumi/aws`, () => {
      expect(refusal(hostOnly, entry)).to.contain("which is not installed").and.to.contain("npm install @pulumi/aws");
    });

  it("says what to do where it was not built", () => {
    const unbuilt = packed.consumer("unbuilt");
    rmSync(join(unbuilt, "node_modules/hardway/dist"), { recursive: true });
    expect(refusal(unbuilt, "hardway")).to.contain("hardway is not built").and.to.contain('without "--ignore-scripts"');
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

/** Lines that import the entries of the package and use each of their exports. */
function usesOfAll(consumer: string): string {
  const files = entries.map((entry) => {
    const { types } = manifest.exports[entry.replace("hardway", ".")] as { types: string };
    return join(consumer, "node_modules", "hardway", types);
  });
  const program = programOf(files, { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.Node16 });
  const checker = program.getTypeChecker();
  const usesOf = (entry: string, index: number) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(files[index] as string) as ts.Node) as ts.Symbol;
    const name = entry.replace(/\W/g, "_");
    const uses = checker.getExportsOfModule(module).map((symbol) => {
      const { flags } = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      return flags & ts.SymbolFlags.Value
        ? `void ${name}.${symbol.name};`
        : `export type ${name}_${symbol.name} = ${name}.${symbol.name};`;
    });
    expect(uses).to.have.length.greaterThan(5);
    return [`import * as ${name} from "${entry}";`, ...uses, ""].join("\n");
  };
  return entries.map(usesOf).join("");
}

/** Copies the examples, and what runs them, to where they have no other hardway than the package. */
function copyExamples(consumer: string): string[] {
  const folder = join(consumer, "examples");
  cpSync(join(root, "examples"), folder, { recursive: true });
  cpSync(join(root, "tests/examples/runExample.ts"), join(folder, "runExample.ts"));
  writeFileSync(join(folder, "id_ed25519"), "a private key");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  expect(files).to.have.length.greaterThan(8);
  return files.map((name) => join(folder, name));
}

function needsNoAws(file: string): boolean {
  return !/from "(hardway|hardway\/aws|@pulumi\/aws\/.*)"/.test(readFileSync(file, "utf8"));
}

/** What each of the examples has to register, sorted. */
function wantedOf(names: readonly string[]): string[][] {
  return names.map((name) => [...(examples[name]?.registers ?? [])].sort());
}

/** What each of the examples registers with the package, sorted. */
function runAll(consumer: string, names: readonly string[]): string[][] {
  const where = join(consumer, "examples");
  const runs = names.map((name) => runOf(name, { where, privateKeyFile: join(where, "id_ed25519") }));
  const program = `
    require("./runExample.ts").runExamples(${JSON.stringify(runs)})
      .then((results) => console.log(JSON.stringify(results.map(({ registered }) => registered))));`;
  const args = ["--import", pathToFileURL(require.resolve("tsx")).href, "-e", program];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: where, encoding: "utf8" })) as string[][];
}

/** Files of dependencies of a program that had no problem; see `problems`. */
let found = "";

/**
 * What the compiler finds wrong with a program, declarations of packages included. Those of dependencies, most of the work, are
 * checked once as long as programs find the very same files.
 */
function problems(consumer: string, files: string[], options: ts.CompilerOptions): string[] {
  const program = programOf(files, {
    ...{ target: ts.ScriptTarget.ES2022, strict: true, skipLibCheck: false, noEmit: true },
    // Nothing of the package may need more than this of who uses it.
    ...{ resolveJsonModule: false },
    ...{ types: ["node"], typeRoots: [join(consumer, "node_modules", "@types")] },
    ...options,
  });
  const isOurs = ({ fileName }: ts.SourceFile) => !fileName.startsWith(join(root, "node_modules", "/"));
  const sources = program.getSourceFiles();
  const dependencies = sources
    .filter((file) => !isOurs(file))
    .map(({ fileName }) => fileName)
    .sort()
    .join();
  const checked = dependencies === found ? sources.filter(isOurs) : [undefined];
  const texts = checked.flatMap((file) => ts.getPreEmitDiagnostics(program, file).map(textOf));
  if (texts.length === 0) found = dependencies;
  return texts;
}

const parsed = new Map<string, ts.SourceFile | undefined>();

/** A program that parses only files that none before it has parsed. */
function programOf(files: string[], options: ts.CompilerOptions): ts.Program {
  const host = ts.createCompilerHost(options);
  const parse = host.getSourceFile.bind(host);
  host.getSourceFile = (name, how, ...more) => {
    // What a file is depends on its package and on the settings.
    const key = `${name} ${JSON.stringify(how)}`;
    if (!parsed.has(key)) parsed.set(key, parse(name, how, ...more));
    return parsed.get(key);
  };
  return ts.createProgram(files, options, host);
}

function run(folder: string, file: string): string {
  return execFileSync(process.execPath, [file], { cwd: folder, encoding: "utf8", timeout: 60_000 });
}

/** What a program fails with that loads an entry. */
function refusal(consumer: string, entry: string): string {
  writeFileSync(join(consumer, "load.cjs"), `require("${entry}");`);
  const { status, stderr } = spawnSync(process.execPath, ["load.cjs"], { cwd: consumer, encoding: "utf8" });
  expect(status).to.equal(1);
  return stderr;
}

function textOf({ file, start, messageText }: ts.Diagnostic): string {
  return `${file?.fileName}:${start} ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
}

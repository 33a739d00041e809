import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const repository = join(__dirname, "../..");

/** A checkout of its own, with a program of two modules, one of which reads the file next to it. */
describe("the loader of TypeScript programs", function () {
  // Each start of Node takes its time on a busy computer.
  this.timeout(60_000);
  let checkout: string;

  beforeEach(() => {
    checkout = mkdtempSync(join(tmpdir(), "hw-"));
    cpSync(join(repository, "loader"), join(checkout, "loader"), { recursive: true });
    write("node_modules/.package-lock.json", "{}");
    for (const name of ["esbuild", "yaml"])
      symlinkSync(join(repository, "node_modules", name), join(checkout, "node_modules", name));
    write("package.json", readFileSync(join(repository, "package.json"), "utf8"));
    write(
      "cli/main.ts",
      'import { Told } from "../lib/told";\nconsole.log(Told.name, new Told().text(), module.path);\n',
    );
    write(
      "lib/told.ts",
      'import { readFileSync } from "node:fs";\nimport { parse } from "yaml";\n' +
        'export class Told { text(): string { return String(parse(readFileSync(`${__dirname}/told.yaml`, "utf8"))); } }\n',
    );
    write("lib/told.yaml", "one");
  });
  afterEach(() => rmSync(checkout, { recursive: true, force: true }));

  function write(name: string, text: string): void {
    mkdirSync(join(checkout, name, ".."), { recursive: true });
    writeFileSync(join(checkout, name), text);
  }
  const start = (...options: string[]): string =>
    execFileSync(
      process.execPath,
      ["--require", join(checkout, "loader/typescript.cjs"), ...options, join(checkout, "cli/main.ts")],
      { cwd: "/", encoding: "utf8", stdio: "pipe" },
    );
  const bundle = (): string => join(checkout, ".bundles/cli-main.ts.js");

  it("runs a program whose modules find the files next to them and the packages", () => {
    expect(start()).to.equal(`Told one ${checkout}/cli\n`);
  });

  it("keeps what it has made until a source changes", () => {
    start();
    const { ino } = statSync(bundle());
    write("lib/told.yaml", "two");
    expect(start()).to.contain("Told two");
    expect(statSync(bundle()).ino).to.equal(ino);

    write("lib/told.ts", "export class Told { text = () => 'three'; }\n");
    expect(start()).to.contain("Told three");
    expect(readFileSync(bundle(), "utf8")).to.contain("three");
    expect(start()).to.contain("Told three");
  });

  it("makes it anew where another version of the packages was installed", () => {
    start();
    const { ino } = statSync(bundle());
    write("node_modules/.package-lock.json", '{"packages":{}}');
    start();
    expect(statSync(bundle()).ino).not.to.equal(ino);
  });

  it("makes it anew in a checkout that was copied or moved, and reads nothing of the old one", () => {
    start();
    const old = checkout;
    checkout = join(mkdtempSync(join(tmpdir(), "hw-")), "it's $HOME moved ü");
    try {
      cpSync(old, checkout, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
      writeFileSync(join(old, "lib/told.yaml"), "the old one's");
      expect(start()).to.equal(`Told one ${checkout}/cli\n`);
      rmSync(old, { recursive: true });
      expect(start()).to.equal(`Told one ${checkout}/cli\n`);
    } finally {
      rmSync(join(checkout, ".."), { recursive: true, force: true });
      checkout = old;
    }
  });

  it("makes it anew where it is not whole", () => {
    start();
    const whole = readFileSync(bundle(), "utf8");
    const header = whole.slice(0, whole.indexOf("\n"));
    for (const damaged of [
      "",
      "{",
      "// {}",
      "// null\n",
      header,
      whole.slice(0, -40),
      `${header}\nthrow 1;`,
      "\0".repeat(99),
    ]) {
      writeFileSync(bundle(), damaged);
      expect(start(), JSON.stringify(damaged.slice(0, 20))).to.contain("Told one");
      expect(readFileSync(bundle(), "utf8")).to.equal(whole);
    }
  });

  it("runs in a checkout that cannot be written to", () => {
    write(".bundles", "");
    expect(start()).to.contain("Told one");
    expect(start()).to.contain("Told one");
  });

  it("tells errors where they can be looked up", () => {
    write("lib/told.ts", "export class Told { text = () => { throw new Error('no'); } }\n");
    expect(start).to.throw(`${checkout}/.bundles/cli-main.ts.js:`);
  });

  it("does not let stacks be looked up line by line", () => {
    write("lookup.cjs", "Error.prepareStackTrace = () => 'looked up';\n");
    write("cli/main.ts", "console.log(new Error('plain').stack);\n");
    expect(start("--require", join(checkout, "lookup.cjs"))).to.match(/^Error: plain\n {4}at .*cli-main\.ts\.js:/);
  });

  it("says what is wrong with a program", () => {
    write("lib/told.ts", "export class Told {{\n");
    expect(start).to.throw(/lib\/told\.ts:1:19: ERROR: /);
  });
});

import { expect } from "chai";
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(__dirname, "../../../scripts/node");
const textOf = (file: string) => readFileSync(join(folder, file), "utf8");
const files = readdirSync(folder).filter((file) => file.endsWith(".sh"));
const libraries = files.filter((file) => file.startsWith("lib"));

/** The comment that a file begins with, without what marks it as one. */
function headOf(text: string): string {
  return (/^(#.*\n)+/.exec(text)?.[0] ?? "").replaceAll(/^# ?/gm, "");
}

/** What stands after a word at the beginning of a line, with the indented lines that go on with it. */
function section(head: string, word: "Reads" | "Sets"): string | undefined {
  return new RegExp(`^${word}: (.*(?:\\n  .*)*)`, "m").exec(head)?.[1];
}

/** Words in code are no variables. */
const inCapitals = (text = "") =>
  Array.from(text.replaceAll(/`[^`]*`/g, "").matchAll(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*\b/g), ([name]) => name);
const withDollar = (text = "") => Array.from(text.matchAll(/\$(\w+)/g), ([, name = ""]) => name);

/** The libraries that a file names, by themselves and through others, and the one that comes before every step. */
function includedBy(text: string): string[] {
  const named = Array.from(text.matchAll(/^\. \.\/(lib-\w+\.sh)$/gm), ([, name = ""]) => name);
  return [...named, ...named.flatMap((name) => includedBy(textOf(name)))];
}

/** Variables that a text reads and never sets; not those that it asks for with a default, or compares with nothing. */
function unset(file: string): string[] {
  const args = ["--shell=sh", "--include=SC2154", "--enable=check-unassigned-uppercase", "--format=json", "-"];
  const { stdout, error } = spawnSync("shellcheck", args, { encoding: "utf8", input: textOf(file) });
  if (error) throw new Error("shellcheck is missing; ./hardway setup --dev gets it");
  const found = (JSON.parse(stdout) as { message: string }[]).map(({ message }) => message.split(" ")[0] ?? "");
  return [...new Set(found)];
}

const sets = (file: string) => withDollar(section(headOf(textOf(file)), "Sets"));

describe("what a library of shell functions says of itself", () => {
  it("can be checked", () => {
    expect(execFileSync("shellcheck", ["--version"], { encoding: "utf8" })).to.contain("version");
    expect(libraries).to.include.members(["lib.sh", "lib-packages.sh", "lib-purge.sh"]);
  });

  for (const file of libraries) {
    const text = textOf(file);
    const code = text.replaceAll(/^\s*#.*$/gm, "");
    const head = headOf(text);
    const reads = section(head, "Reads");

    it(`is what ${file} reads`, () => {
      expect(reads, "# Reads:").to.be.a("string");
      const named = [...inCapitals(reads), ...withDollar(reads)].filter((name) => !/^FILE_\d/.test(name));
      for (const name of named) expect(code, name).to.match(new RegExp(`\\$\\{?${name}\\b`));
      const needed = Array.from(head.matchAll(/\blib-[a-z]+\b/g), ([name]) => `${name}.sh`);
      const known = [...named, ...["lib.sh", ...needed, ...includedBy(text)].flatMap(sets)];
      expect(unset(file).filter((name) => !known.includes(name))).to.deep.equal([]);
    });

    it(`is what ${file} sets`, () => {
      expect(section(head, "Sets"), "# Sets:").to.be.a("string");
      for (const name of sets(file))
        expect(code, name).to.match(new RegExp(`(^|[\\s(;])${name}=|\\bread (-\\w+ )*(\\w+ )*${name}\\b`, "m"));
    });
  }
});

describe("what a step says of itself", () => {
  for (const file of files.filter((name) => !libraries.includes(name))) {
    const text = textOf(file);
    const head = headOf(text);

    it(`is how ${file} is sent and run`, () => {
      const undo = file.endsWith(".undo.sh") ? " --undo" : "";
      expect(head).to.match(
        new RegExp(
          `\\./hardway script NODE [\\w-]+${undo}; by hand: \\./hardway script NODE [\\w-]+${undo} \\| ssh HOST`,
        ),
      );
    });

    it(`names every value that ${file} takes, and else it reads only what its libraries say that they set`, () => {
      const known = [...inCapitals(head), "STEP", ...["lib.sh", ...includedBy(text)].flatMap(sets)];
      expect(unset(file).filter((name) => !known.includes(name))).to.deep.equal([]);
    });
  }
});

import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readScript } from "../../../components/remote/scriptText";
import { parseLibrary, usedFunctions } from "../../../components/remote/shellLibrary";

const library = `# Says what the library is for.
limit=3
newline='
'
# --- first ---

# one NAME: what it does.
one() { two "$1"; }

# two NAME: what it does.
two() {
    # why it is done so
    cat <<END

$three
END
}
three() { trap 'four' EXIT; }
four() { :; }
: "$(five)"
five() { echo 5; }
`;

describe("parseLibrary", () => {
  it("tells functions from the rest, and leaves out what is said about them", () => {
    expect(parseLibrary(library)).to.deep.equal([
      { text: "limit=3" },
      { text: "newline='" },
      { text: "'" },
      { name: "one", text: 'one() { two "$1"; }' },
      { name: "two", text: "two() {\n    # why it is done so\n    cat <<END\n\n$three\nEND\n}" },
      { name: "three", text: "three() { trap 'four' EXIT; }" },
      { name: "four", text: "four() { :; }" },
      { text: ': "$(five)"' },
      { name: "five", text: "five() { echo 5; }" },
    ]);
  });

  it("refuses a function whose end it does not see", () => {
    expect(() => parseLibrary("one() {\n    :\n    }\n")).to.throw("the shell function one has no end");
  });
});

describe("usedFunctions", () => {
  const used = (script: string) => [...usedFunctions(parseLibrary(library), script)].sort();

  it("follows calls through other functions, and from the library itself", () => {
    expect(used("one x")).to.deep.equal(["five", "one", "two"]);
    expect(used("x=$(three)")).to.deep.equal(["five", "four", "three"]);
  });

  it("takes neither a comment nor a variable for a call", () => {
    expect(used('  # one and two\necho "$three" ${one}')).to.deep.equal(["five"]);
  });
});

describe("the scripts of the steps", () => {
  const folder = join(__dirname, "../../../scripts/node");
  const readFile = (name: string) => readFileSync(join(folder, name), "utf8");
  const files = readdirSync(folder).filter((file) => file.endsWith(".sh"));
  const defined = (text: string) => Array.from(text.matchAll(/^(\w+)\(\) /gm), ([, name = ""]) => name);
  const included = (file: string): string[] =>
    Array.from(readFile(file).matchAll(/^\. \.\/(lib-\w+)\.sh$/gm), ([, name = ""]) => name).flatMap((name) => [
      name,
      ...included(`${name}.sh`),
    ]);
  const functions = files.filter((file) => file.startsWith("lib")).flatMap((file) => defined(readFile(file)));
  const texts = new Map(
    files.filter((file) => /^\d/.test(file)).map((file) => [file, readScript(file.replace(/\.sh$/, "")).text]),
  );

  it("have every function of the libraries whose name stands in them", () => {
    expect(functions).to.include.members(["begin", "apt_install", "cni_forget"]);
    for (const [file, text] of texts) {
      const code = text.replace(/^\s*#.*$/gm, "");
      const known = ["lib", ...included(file)].flatMap((name) => defined(readFile(`${name}.sh`)));
      const called = known.filter((name) => new RegExp(`(?<![$\\w]|\\$\\{)${name}\\b`).test(code));
      expect(defined(text), file).to.include.members(called);
    }
  });

  it("have between them all that is in the libraries", () => {
    const sent = new Set([...texts.values()].flatMap(defined));
    expect(functions.filter((name) => !sent.has(name))).to.deep.equal([]);
  });

  it("have each library once, which other libraries may name too", () => {
    for (const [file, text] of texts) {
      const heads = text.match(/^# What is used here of .*$/gm) ?? [];
      expect(heads, file).to.have.members(
        [...new Set(["lib", ...included(file)])].map((name) => `# What is used here of ${name}.sh:`),
      );
    }
  });

  it("have no more of them than they use", () => {
    const { text } = readScript("10-reachable");
    const [shared, own] = [defined(text.slice(0, text.indexOf("# Checks"))), readFile("10-reachable.sh")];
    expect(shared).to.deep.equal([
      "tell",
      "run",
      "each_line",
      "json_string",
      "json_pair",
      "fact",
      "fact_json",
      "cgroup_version",
    ]);
    const [head = "", tail] = own.split(". ./lib-problems.sh\n. ./lib-cgroups.sh\n");
    expect(text).to.contain(`\n${head}`);
    expect(text.endsWith(`\n${tail}`)).to.equal(true);
    expect(defined(text.slice(text.indexOf(head), text.lastIndexOf(tail ?? "")))).to.deep.equal([
      "problem",
      "problem_lines",
      "missing_controllers",
    ]);
  });
});

import { expect } from "chai";
import fc from "fast-check";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readScript, renderScript } from "../../../components/remote/scriptText";
import { shellQuote } from "../../../components/remote/shellQuote";
import { repositoryRoot } from "../../../cli/paths";
import { temporaryFolder } from "../../cli/support";

const sh = (command: string) => execFileSync("sh", ["-c", command], { encoding: "utf8" });

describe("shellQuote", () => {
  it("gives a shell back exactly what went in", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        fc.pre(!text.includes("\0"));
        expect(sh(`printf %s ${shellQuote(text)}`)).to.equal(Buffer.from(text, "utf8").toString("utf8"));
      }),
      { numRuns: 40 },
    );
  });

  for (const hostile of ["'", "'; touch /tmp/owned; '", "$(id)", "`id`", "a\nb", "\\", '"', "!!", "~", "*", ""]) {
    it(`quotes ${JSON.stringify(hostile)}`, () => expect(sh(`printf %s ${shellQuote(hostile)}`)).to.equal(hostile));
  }

  it("refuses what no shell word can hold", () => {
    expect(() => shellQuote("a\0b")).to.throw(RangeError);
  });
});

/** A checkout with CRLF line ends, as Git for Windows makes it where .gitattributes does not count. */
describe("scripts with CRLF line ends", () => {
  const checkout = temporaryFolder();

  it("are sent byte for byte as those with LF, steps and what the verification asks", () => {
    const copy = (folder: string, names: RegExp, change: (text: string) => string) => {
      mkdirSync(join(checkout(), folder), { recursive: true });
      for (const name of readdirSync(join(repositoryRoot, folder)).filter((each) => names.test(each)))
        writeFileSync(join(checkout(), folder, name), change(readFileSync(join(repositoryRoot, folder, name), "utf8")));
    };
    for (const folder of ["components/remote", "cli/verify"]) copy(folder, /[.]ts$/, (text) => text);
    for (const folder of ["scripts/node", "cli/verify/scripts"])
      copy(folder, /[.]sh$/, (text) => text.replaceAll("\n", "\r\n"));
    copyFileSync(join(repositoryRoot, "tsconfig.json"), join(checkout(), "tsconfig.json"));
    symlinkSync(join(repositoryRoot, "node_modules"), join(checkout(), "node_modules"));
    const program = `
      const { readScript } = require("./components/remote/scriptText");
      const { scriptText } = require("./cli/verify/hostScript");
      const { readdirSync } = require("node:fs");
      const names = (folder, pattern) => readdirSync(folder).filter((name) => pattern.test(name)).map((name) => name.replace(/[.]sh$/, ""));
      const steps = names("scripts/node", /^[0-9].*[.]sh$/).map((name) => readScript(name).text);
      console.log(JSON.stringify([...steps, ...names("cli/verify/scripts", /^(?!lib).*[.]sh$/).map((name) => scriptText(name, {}))]));`;
    const texts = (cwd: string) =>
      JSON.parse(execFileSync("node", ["--import", "tsx", "-e", program], { cwd, encoding: "utf8" })) as string[];
    const wanted = texts(repositoryRoot);
    expect(wanted).to.have.length.greaterThan(20);
    expect(texts(checkout())).to.deep.equal(wanted);
  });
});

describe("renderScript", () => {
  const scripts = readdirSync(join(__dirname, "../../../scripts/node"))
    .filter((file) => /^\d.*\.sh$/.test(file))
    .map((file) => file.replace(/\.sh$/, ""));

  it("knows the scripts", () => {
    expect(scripts).to.include.members(["10-reachable", "20-kernel-prep", "20-kernel-prep.undo"]);
  });

  for (const script of scripts) {
    it(`makes a command of ${script} that a shell can read`, () => {
      const text = renderScript(readScript(script), { variables: { A: "it's" }, timeoutSeconds: 60, asRoot: true });
      execFileSync("sh", ["-n"], { input: text });
      const [name, , timeout, ...rest] = text.split("\n");
      expect([name, ...rest.slice(0, 4)]).to.deep.equal([
        `# hardway ${script}`,
        `  STEP='${script.replace(".undo", "")}' \\`,
        `  A='it'\\''s' \\`,
        "  -- \\",
        "'set -eu' \\",
      ]);
      expect(timeout).to.match(/^ {2}timeout -k 10 60 sh -c '.*' hardway \\$/);
      expect(text).not.to.match(/\r|^\. /m); // nothing is left that only this computer could read
    });
  }

  it("is another command when a script is to run again, by a line that does nothing", () => {
    const render = (runAgain?: number) =>
      renderScript(readScript("20-kernel-prep"), { variables: {}, timeoutSeconds: 1, asRoot: true, runAgain });
    const [first, ...rest] = render().split("\n");
    expect(render(0)).to.equal(render());
    expect(render(3)).to.equal([first, "# run again: 3", ...rest].join("\n"));
  });

  it("becomes root only when asked to", () => {
    const render = (asRoot: boolean) =>
      renderScript(readScript("10-reachable"), { variables: {}, timeoutSeconds: 1, asRoot });
    const become = `if [ "$(id -u)" -eq 0 ]; then exec "$@"; else exec sudo -n "$@"; fi`;
    expect(render(true).split("\n")[1]).to.equal(`exec sh -c '${become}' hardway \\`);
    expect(render(false).split("\n")[1]).to.equal("exec \\");
  });
});

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "chai";

/** What Pulumi's SDK loads of TypeScript and npm only when a function becomes part of a state. */
describe("packages that Pulumi's SDK seldom needs", function () {
  // Each start of Node takes its time on a busy computer.
  this.timeout(60_000);
  const repository = join(__dirname, "../..");

  const run = (program: string): string =>
    execFileSync(process.execPath, ["--require", "./loader/lazy.cjs", "--eval", program], {
      cwd: repository,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, NODE_NO_WARNINGS: "1" },
    }).trim();
  const loaded = `Object.keys(require.cache).filter((file) => /typescript[.]js$|arborist.lib/.test(file)).length`;

  it("are not loaded with it", () => {
    expect(run(`require("@pulumi/pulumi"); console.log(${loaded})`)).to.equal("0");
  });

  it("do their work when a function is serialized, with the packages that it uses", () => {
    const program = `
const { runtime } = require("@pulumi/pulumi");
const yaml = require("yaml");
const one = 40 + 1;
runtime.serializeFunction(() => yaml.stringify(one)).then(({ text }) => console.log(text, ${loaded} > 0));
runtime.computeCodePaths().then((paths) => console.log([...paths.keys()].includes("node_modules/yaml")));`;
    const said = run(program);
    expect(said)
      .to.contain("with({ one: 41,")
      .and.contain('const yaml = require("yaml");')
      .and.match(/ true$/m);
    expect(said).to.match(/^true$/m);
  });

  it("are the same for everybody else", () => {
    expect(run(`const ts = require("typescript"); console.log(ts === require("typescript"), ts.version)`)).to.match(
      /^true \d/,
    );
  });
});

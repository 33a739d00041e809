import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as hardway from "../../components";
import { findings, judgeable } from "../policy/findings";
import { examples, folder, programs, pulumiYaml, runOf } from "./programs";
import { runExample } from "./runExample";

describe("the examples", () => {
  const keys = mkdtempSync(join(tmpdir(), "hardway-examples-"));
  const privateKeyFile = join(keys, "id_ed25519");
  before(() => writeFileSync(privateKeyFile, "a private key"));
  after(() => rmSync(keys, { recursive: true }));

  it("are all tested here", () => expect(programs).to.have.members(Object.keys(examples)));

  it("have every component", () => {
    const components = Object.entries(hardway).flatMap(([name, value]) =>
      typeof value === "function" && value.prototype instanceof pulumi.ComponentResource ? [name] : [],
    );
    expect(components).to.have.length.greaterThan(9);
    const registered = Object.values(examples).flatMap(({ registers }) => registers.map((each) => each.split(" ")[0]));
    expect(registered).to.include.members(components);
  });

  it("have the sources of this checkout when Pulumi starts them in their folders", () => {
    const [name = expect.fail()] = programs;
    const { runtime } = pulumiYaml(name);
    const program = 'require("hardway/host"); console.log(Object.keys(require.cache).join("\\n"))';
    const args = [...runtime.options.nodeargs.split(" "), "-e", program];
    const loaded = execFileSync(process.execPath, args, { cwd: join(folder, name), encoding: "utf8" }).split("\n");
    expect(loaded).to.include(join(folder, "..", "components/entry/host.ts"));
    for (const other of programs) expect(pulumiYaml(other).runtime, other).to.deep.equal(runtime);
  });

  for (const [name, { registers, exports }] of Object.entries(examples)) {
    it(`has ${name}, which registers what it is there for and keeps the rules of the policy pack`, async () => {
      const { resources, registered, outputs } = await runExample(runOf(name, { privateKeyFile }));
      expect(registered).to.have.members(registers);
      expect(findings(judgeable(resources))).to.deep.equal([]);
      expect(outputs).to.containSubset(exports);
    });

    it(`has ${name}, which says at its top what it makes and how to run it`, () => {
      const [what, how, next] = readFileSync(join(folder, name, "index.ts"), "utf8").split("\n");
      expect(what).to.match(/^\/\/ \w+.*\.$/);
      expect(how).to.match(/^\/\/ Run it: .*pulumi up/);
      expect(next).to.match(/^import /);
    });
  }
});

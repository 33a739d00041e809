import { Analyzer } from "@pulumi/pulumi/provider/experimental/analyzer";
import { expect } from "chai";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(__dirname, "..", "..", "..");
const entry = join(root, "components", "entry", "host.ts");

/** The components that a program in any language of Pulumi's can have on a host of its own. */
const components = ["KernelPrep", "ReachableHost", "CniConfig", "PodRoutes", "SnapshotterStore", "ContainerRuntime"];

describe("Pulumi's analyzer, which makes other languages' types", function () {
  this.timeout(120_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "hardway-analyzer-"));
    const config = { extends: join(root, "tsconfig.json"), files: [entry] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ ...config, include: [] }));
  });
  after(() => rmSync(folder, { recursive: true }));

  it("takes all arguments and outputs of the components for hosts", () => {
    const analyzer = new Analyzer(folder, "hardway", { name: "hardway", main: entry } as never, new Set(components));
    const { components: found, typeDefinitions } = analyzer.analyze();
    const outputs = Object.entries(found).map(([name, { outputs }]) => [name, Object.keys(outputs)]);
    expect(Object.fromEntries(outputs)).to.deep.equal({
      ...Object.fromEntries(components.map((name) => [name, ["facts"]])),
      ContainerRuntime: ["facts", "socket"],
    });
    // What it does not understand, but takes.
    expect(JSON.stringify([found, typeDefinitions])).not.to.match(/#\/Any|\[object Object\]|__#/);
    for (const name of ["Swap", "Masquerade", "RuntimeKind", "HandlerName", "SnapshotterName", "StoreSnapshotter"])
      expect(typeDefinitions[name]?.enum, name).to.have.length.greaterThan(1);
  });
});

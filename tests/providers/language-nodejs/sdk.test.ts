import { expect } from "chai";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import ts from "typescript";
import { schemaFile } from "../../../plugin/schema/makeSchema";
import { generateSdk } from "../../../providers/language-nodejs/sdk/generate";
import type { PackageSpec } from "../../../providers/language-nodejs/sdk/packageSpec";
import { isSecret, MockEngine } from "../../support/mocks";

type AnyComponent = new (
  name: string,
  args?: object,
  opts?: object,
) => pulumi.ComponentResource & Record<string, unknown>;

describe("the Node.js language host's SDKs", function () {
  this.timeout(180_000);
  const schema = JSON.parse(readFileSync(schemaFile, "utf8")) as PackageSpec;
  let folder: string;
  let sdk: Record<string, AnyComponent>;

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "hardway-sdk-"));
    symlinkSync(path.join(__dirname, "../../../node_modules"), path.join(folder, "node_modules"));
    mkdirSync(path.join(folder, "sdk"));
    for (const [name, text] of Object.entries(generateSdk(schema))) writeFileSync(path.join(folder, "sdk", name), text);
    sdk = createRequire(path.join(folder, "program.js"))("./sdk") as typeof sdk;
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** What TypeScript says of programs with the SDK, and of the SDK itself. It reads what they all import once. */
  function complaints(texts: Record<string, string>): Record<string, string[]> {
    const files = Object.entries(texts).map(([name, text]) => {
      const file = path.join(folder, `${name}.ts`);
      writeFileSync(file, text);
      return file;
    });
    const options = {
      strict: true,
      noEmit: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.Node16,
      types: [],
    };
    const program = ts.createProgram(files, options);
    const isOurs = ({ fileName }: ts.SourceFile) => fileName.startsWith(path.join(folder, "/"));
    const found = program
      .getSourceFiles()
      .filter(isOurs)
      .map((source) => {
        const said = ts.getPreEmitDiagnostics(program, source);
        const texts = said.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
        return [path.relative(folder, source.fileName).replace(/\.ts$/, ""), texts] as const;
      });
    return Object.fromEntries(found);
  }

  it("have types that take what a component takes, outputs included, and nothing else", () => {
    const program = (more: string) => `
      import * as pulumi from "@pulumi/pulumi";
      import * as hardway from "./sdk";
      const connection: hardway.inputs.HostConnection = { host: "192.0.2.10", privateKey: pulumi.secret("key") };
      const kernel = new hardway.KernelPrep("db", { connection, extraModules: [pulumi.output("ip_vs")], ${more} });
      const modules: pulumi.Output<{ [key: string]: hardway.ModuleState }> = kernel.facts.modules;
      new hardway.HardWayLab("lab", {
        hosts: [{ name: "node-0", role: hardway.HostRole.Worker, address: pulumi.output("192.0.2.10"), connection }],
        runtime: { settings: { handlers: ["runc", hardway.HandlerName.Crun] } },
      }, { protect: true });
      new hardway.LabNetwork("network", { adminCidrs: [pulumi.output("192.0.2.7/32")] });
      export const key: pulumi.Output<string> = new hardway.SshKeyPair("key").publicKey;
    `;
    const plainList = 'new hardway.LabNetwork("other", { adminCidrs: pulumi.output(["192.0.2.7/32"]) });';
    const { right, value, list, name, ...sdkItself } = complaints({
      right: program("swap: hardway.Swap.Keep"),
      value: program('swap: "nope"'),
      list: program("") + plainList,
      name: program("swpa: 1"),
    });
    expect(right).to.deep.equal([]);
    expect(value![0]).to.match(/^Type '"nope"' is not assignable to type/);
    expect(list![0]).to.match(/^Type 'OutputInstance<.* from type 'Input<string>\[\]'/);
    expect(name![0]).to.match(/'swpa' does not exist in type 'KernelPrepArgs'/);
    expect(Object.keys(sdkItself)).not.to.deep.equal([]);
    for (const [file, texts] of Object.entries(sdkItself)) expect(texts, file).to.deep.equal([]);
  });

  it("register remote components, with secrets marked, and say what is missing", async () => {
    const engine = await new MockEngine().start();
    const credentials = { "docker.io": { username: "me", password: "secret" } };
    const made = new sdk["ContainerRuntime"]!("db", { connection: {}, registryCredentials: credentials });
    expect(pulumi.Output.isInstance(made["facts"])).to.equal(true);
    await pulumi.runtime.disconnect();
    const inputs = engine.inputs("hardway:index:ContainerRuntime", "db");
    expect(isSecret(inputs["registryCredentials"])).to.equal(true);
    expect(inputs["connection"]).to.deep.equal({});
    expect(sdk["ContainerRuntime"]!).to.have.property("isInstance");
    expect(() => new sdk["PodRoutes"]!("db", { connection: {} })).to.throw(
      "hardway:index:PodRoutes db needs address, routes",
    );
  });

  it("say which plugin the program needs", () => {
    const { name, pulumi: plugin } = JSON.parse(generateSdk(schema)["package.json"]!) as Record<string, unknown>;
    expect(name).to.equal("@pulumi/hardway");
    expect(plugin).to.deep.equal({ resource: true, name: "hardway", version: schema.version });
    expect(generateSdk({ ...schema, namespace: "acme" })["package.json"]).to.contain('"@acme/hardway"');
  });

  it("are refused for packages with more than components, and for types of other packages", () => {
    const bucket = { inputProperties: {}, properties: {} };
    const more = { resources: { "x:index:Bucket": bucket }, functions: { "x:index:get": {} }, parameterization: {} };
    expect(() => generateSdk({ name: "x", ...more })).to.throw(
      "makes SDKs for packages of components alone, and x has the resource x:index:Bucket, the function x:index:get, a " +
        "parameterization; the official pulumi-language-nodejs makes others",
    );
    const foreign = { at: { $ref: "/aws/v7.0.0/schema.json#/types/aws:ec2%2FVpc:Vpc" } };
    const component = { isComponent: true, inputProperties: foreign };
    expect(() => generateSdk({ name: "x", resources: { "x:index:C": component } })).to.throw(
      /^x:index:C\.at refers to \/aws\/v7/,
    );
  });
});
